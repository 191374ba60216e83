/** Windows of logs, however long: read where they lie, forward and back, filtered and merged. */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { errorFrom, windowAtStart, windowBefore, windowGrown, windowMoved, type LogPart, type LogQuery } from "../../src/commands/dashboard/log-windows.ts";
import { isRotated } from "../../src/commands/stored-log.ts";
import { encodedEntries } from "../../src/model/log-index.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const bornMs = Date.parse("2026-11-21T07:00:00.000Z");

/** Logs of so many lines each; line n of every unit was written in second n. */
function logsOf(units: readonly string[], count: number, text = (unit: string, number: number): string => `${unit} ${number}`): LogQuery {
  const directory = temporaryDirectory(onTestFinished, "windows");
  const sources = units.map((unitId) => {
    const path = join(directory, `${unitId}.log`);
    const lines = Array.from({ length: count }, (_, number) => `${text(unitId, number)}\n`);
    let offset = 0;
    const entries = lines.map((line, number) => ({ offset: (offset += Buffer.byteLength(line)), fromMs: bornMs + number * 1000, toMs: bornMs + number * 1000 }));
    writeFileSync(path, lines.join(""));
    // The first entry of an index is what was dropped: nothing.
    writeFileSync(`${path}.index`, encodedEntries([{ offset: 0, fromMs: bornMs, toMs: bornMs }, ...entries]));
    return { unitId, path };
  });
  return { sources, bornMs, count: 4 };
}

function texts({ window }: LogPart): readonly string[] {
  return window.lines.map(({ text }) => text);
}

describe("a window", () => {
  test("shows the end, goes up and down by lines, and comes back to where it was", async () => {
    const query = logsOf(["api"], 100);
    const end = await windowBefore(query);
    expect([texts(end), end.isAtEnd, end.window.share]).toEqual([["api 96", "api 97", "api 98", "api 99"], true, 1]);
    const above = await windowMoved(query, end.ends, -3);
    expect([texts(above), above.isAtEnd]).toEqual([["api 93", "api 94", "api 95", "api 96"], false]);
    expect(texts(await windowMoved(query, above.ends, 2))).toEqual(["api 95", "api 96", "api 97", "api 98"]);
    expect(texts(await windowMoved(query, above.ends, 10))).toEqual(texts(end));
  });

  test("stays at the beginning however far one goes up", async () => {
    const query = logsOf(["api"], 6);
    const start = await windowAtStart(query);
    expect(texts(start)).toEqual(["api 0", "api 1", "api 2", "api 3"]);
    expect(texts(await windowMoved(query, start.ends, -50))).toEqual(texts(start));
    expect(texts(await windowMoved(query, undefined, -50))).toEqual(texts(start));
  });

  test("of several units keeps the order of time in both directions", async () => {
    const query = logsOf(["api", "web"], 50);
    const end = await windowBefore(query);
    expect(texts(end)).toEqual(["api 48", "web 48", "api 49", "web 49"]);
    const above = await windowMoved(query, end.ends, -3);
    expect(texts(above)).toEqual(["web 46", "api 47", "web 47", "api 48"]);
    expect(texts(await windowMoved(query, above.ends, 3))).toEqual(texts(end));
  });

  test("shows only what a filter lets through, and reads only what is new for what grows", async () => {
    const query: LogQuery = { ...logsOf(["api"], 1000), keep: (text) => text.endsWith("00") };
    const end = await windowBefore(query);
    expect(texts(end)).toEqual(["api 600", "api 700", "api 800", "api 900"]);
    appendFileSync(query.sources[0]?.path ?? "", "api 1000\napi 1001\n");
    expect(texts(await windowGrown(query, end))).toEqual(["api 700", "api 800", "api 900", "api 1000"]);
    expect(texts(await windowMoved(query, end.ends, -1))).toEqual(["api 500", "api 600", "api 700", "api 800"]);
  });

  test("keeps lines with characters of several bytes and of no sense whole", async () => {
    const query = logsOf(["api"], 20, (unit, number) => `${unit} 世界🎉 ${number}\r`);
    const end = await windowBefore(query);
    expect(texts(await windowMoved(query, end.ends, -1))).toEqual([15, 16, 17, 18].map((number) => `api 世界🎉 ${number}`));
  });
});

describe("a window that follows", () => {
  test("reads of many logs only those that have grown", async () => {
    const query = logsOf(["api", "web"], 50);
    const end = await windowBefore(query);
    for (const { path } of query.sources) appendFileSync(path, "something new\n");
    const [api = "", web = ""] = query.sources.map(({ path }) => path);
    const grown = await windowGrown(query, end, new Set([web]));
    expect(grown.window.lines.slice(-2).map(({ unitId, text }) => `${unitId}: ${text}`)).toEqual(["web: web 49", "web: something new"]);
    const both = await windowGrown(query, grown, new Set([api]));
    expect(texts(both).toSorted()).toEqual(["api 49", "something new", "something new", "web 49"]);
  });

  test("shows a line once that was shown before it had ended", async () => {
    const query = logsOf(["api"], 10);
    const [{ path } = { path: "" }] = query.sources;
    appendFileSync(path, "half of");
    const half = await windowBefore(query);
    expect(texts(half).at(-1)).toBe("half of");
    appendFileSync(path, " a line\n");
    expect(texts(await windowGrown(query, half, new Set([path])))).toEqual(["api 7", "api 8", "api 9", "half of a line"]);
  });
});

describe("errors", () => {
  const query = (): LogQuery => logsOf(["api", "web"], 100, (unit, number) => (unit === "web" && number % 40 === 10 ? `error: ${number}` : `${unit} ${number}`));
  const foundIn = async (one: LogQuery, from: LogPart["ends"] | undefined, direction: "next" | "previous"): Promise<string | undefined> => (await errorFrom(one, from, direction))?.found.text;

  test("are found upwards from the end, and downwards from the beginning", async () => {
    const one = query();
    expect(await foundIn(one, undefined, "previous")).toBe("error: 90");
    expect(await foundIn(one, { api: 0, web: 0 }, "next")).toBe("error: 10");
    expect(await foundIn(one, undefined, "next")).toBeUndefined();
  });

  test("are shown among the lines of their time", async () => {
    expect(texts((await errorFrom(query(), undefined, "previous")) ?? { window: { lines: [], share: 0, sizeBytes: 0 }, ends: {}, isAtEnd: true })).toContain("error: 90");
  });
});

test("a log that is not there has nothing to show", async () => {
  const part = await windowBefore({ sources: [{ unitId: "api", path: "/nowhere/api.log" }], bornMs, count: 4 });
  expect([texts(part), part.window.sizeBytes, part.isAtEnd]).toEqual([[], 0, true]);
});

test("of a million lines any window takes a few reads", async () => {
  const directory = temporaryDirectory(onTestFinished, "million");
  const path = join(directory, "api.log");
  const block = Array.from({ length: 10_000 }, (_, number) => `line ${String(number).padStart(6, "0")} of ten thousand\n`).join("");
  for (let part = 0; part < 100; part += 1) appendFileSync(path, block);
  const query: LogQuery = { sources: [{ unitId: "api", path }], bornMs, count: 40 };
  expect((await windowAtStart(query)).window.lines[0]?.text).toBe("line 000000 of ten thousand");
  const middle = await windowMoved(query, { api: block.length * 50 }, -39);
  expect([middle.window.lines.at(-1)?.text, Math.round(middle.window.share * 100)]).toEqual(["line 009960 of ten thousand", 50]);
  expect((await windowBefore(query)).window.lines.at(-1)?.text).toBe("line 009999 of ten thousand");
});

test("a log is rotated when bytes of it lie beside it, or are dropped: its file has a hole then", () => {
  const [whole, pieced, dropped] = logsOf(["whole", "pieced", "dropped"], 3).sources.map(({ path }) => path);
  writeFileSync(`${pieced}.0-9`, "pieced 0\n");
  writeFileSync(`${dropped}.index`, encodedEntries([{ offset: 10, fromMs: bornMs, toMs: bornMs }]));
  expect([whole, pieced, dropped].map((path = "") => isRotated(path))).toEqual([false, true, true]);
});
