/** Output of programs on the screen: colours kept, everything else that steers a terminal gone. */
import { describe, expect, test } from "vitest";
import { lineFilter, fuzzyScore } from "../../../src/ui/dashboard/fuzzy.ts";
import { coloredLine, wrapped } from "../../../src/ui/dashboard/log-text.ts";
import { plainLine, textWidth } from "../../../src/ui/dashboard/span.ts";
import { logLine, placeAt, screenText, shopUnits, worldOf } from "./specimen.ts";

describe("a line", () => {
  test("keeps its colours, which a reset ends", () => {
    expect(coloredLine("a\u001b[31mb\u001b[1mc\u001b[0md\u001b[38;5;0me")).toEqual([{ text: "a" }, { text: "b", sgr: "31" }, { text: "c", sgr: "31;1" }, { text: "d" }, { text: "e", sgr: "38;5;0" }]);
  });

  test("has the terminal's own colour where it would be white or black on a background of the terminal", () => {
    expect(coloredLine("\u001b[97ma\u001b[1;37mb\u001b[41mc\u001b[0;30md\u001b[7me\u001b[0;38;5;37mf")).toEqual([{ text: "a" }, { text: "b", sgr: "1" }, { text: "c", sgr: "97;1;37;41" }, { text: "d" }, { text: "e", sgr: "30;7" }, { text: "f", sgr: "38;5;37" }]);
  });

  test("cannot move the cursor, clear the screen, name the window or ring", () => {
    expect(plainLine(coloredLine("\u001b[2J\u001b[10;10Ha\u001b]0;title\u0007b\u0007c\u001b7d"))).toBe("ab cd");
  });

  test("shows what stands behind the last carriage return, and tabs as blanks", () => {
    expect(plainLine(coloredLine("10%\r50%\r100%\r"))).toBe("100%");
    expect(plainLine(coloredLine("a\tb"))).toBe("a       b");
  });

  test("is wrapped between characters, and wide ones stay whole", () => {
    expect(wrapped(coloredLine("ab世界c"), 3).map(plainLine)).toEqual(["ab", "世", "界c"]);
  });

  test("is as wide as it is drawn: emoji take two cells, marks that are text one", () => {
    expect(["✅ ready", "❌", "⏳", "🚀", "✓ 3", "🌡", "🇩🇪"].map(textWidth)).toEqual([8, 2, 2, 2, 3, 1, 2]);
  });
});

describe("a filter", () => {
  test("wants all words, with letters left out inside them", () => {
    const { passes } = lineFilter("ordr 500", false);
    expect([passes("POST /orders 500"), passes("POST /orders 200"), passes("o r d r 500")]).toEqual([true, false, false]);
  });

  test("is quick on long lines without a blank, and takes signs as they are", () => {
    const line = `${JSON.stringify({ level: "info", msg: "request_completed", url: "/api/orders/1234/items", status: 200 }).repeat(100)}-]`;
    // Every way to choose the letters would be tried before it is known that there is no z.
    expect(["errorz", "orders-]", "rdrs/1]"].map((text) => lineFilter(text, false).passes(line))).toEqual([false, true, true]);
  });

  test("may be a regular expression, and says what is wrong with one", () => {
    expect(lineFilter("^GET .* 5\\d\\d$", true).passes("get /x 503")).toBe(true);
    expect(lineFilter("(", true).trouble).toMatch(/Unterminated group/);
  });
});

test("letters in a row, and at the beginning of words, fit better", () => {
  const best = (query: string, texts: readonly string[]): string | undefined => texts.toSorted((one, other) => (fuzzyScore(other, query) ?? -1e9) - (fuzzyScore(one, query) ?? -1e9))[0];
  expect(best("res", ["list-trees", "restart"])).toBe("restart");
  expect(best("mb", ["Main/backend", "combine"])).toBe("combine");
  expect(best("m/b", ["Main/backend", "combine"])).toBe("Main/backend");
  expect(fuzzyScore("start", "stx")).toBeUndefined();
});

describe("the log pane", () => {
  test("names units and projects where there are several, and times where asked", () => {
    const log = { lines: [logLine("Main/backend", "one"), logLine("feature/backend", "two")], share: 1, sizeBytes: 8 };
    const place = placeAt("Main/backend", { log: { scope: "everything", filter: "", isRegex: false, showsTime: true, wraps: false } });
    expect(screenText(worldOf(shopUnits, { log }), place, 100, 30)).toMatch(/\d\d:\d\d:\d\d\.000 Main\/backend +│ one\n +\d\d:\d\d:\d\d\.000 feature\/backend │ two/);
  });

  test("says that it is paused, how far, and which key follows again", () => {
    const place = placeAt("Main/backend", { log: { ...placeAt("").log, ends: { "Main/backend": 5 }, filter: "e", isRegex: false } });
    expect(screenText(worldOf(shopUnits, { log: { lines: [], share: 0.25, sizeBytes: 2048, busy: "searching…" } }), place, 100, 30)).toContain("Logs Main/backend paused at 25% (f follows) e searching… 2.0 KiB");
  });
});
