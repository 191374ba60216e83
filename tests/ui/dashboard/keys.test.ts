/** What keys lead to: another place, and what the outside is asked for. */
import { describe, expect, test } from "vitest";
import { keyRows } from "../../../src/ui/dashboard/keys.ts";
import { paletteEntries } from "../../../src/ui/dashboard/palette.ts";
import { callArguments } from "../../../src/ui/dashboard/palette.ts";
import type { Call } from "../../../src/ui/dashboard/place.ts";
import { commands } from "../../../src/commands/table.ts";
import { entryOf } from "../../../src/commands/dashboard/gather.ts";
import { entries, logLine, placeAt, pressed, screenText, shopUnits, unitRow, worldOf } from "./specimen.ts";

const world = worldOf();
const at = placeAt("Main/backend");
/** With the table as it is. */
const whole = worldOf(shopUnits, { commands: commands.filter((row) => row.isHidden !== true).map(entryOf) });

function called(keys: readonly string[], place = at, of = world): Call | undefined {
  const [effect] = pressed(keys, of, place).effects;
  return effect?.kind === "call" ? effect.call : undefined;
}

describe("the cursor", () => {
  test("moves by rows and pages, and stays inside the list", () => {
    expect(pressed(["down"], world, at).place.cursor).toBe("Main/worker");
    expect(pressed(["k", "k", "k", "k", "k"], world, at).place.cursor).toBe("Main");
    expect(pressed(["G"], world, at).place.cursor).toBe("feature/backend");
  });

  test("stays with its unit when that floats up with a problem", () => {
    const sick = worldOf([...shopUnits.slice(0, 2), unitRow("Main/worker", { status: "failed" })]);
    expect(screenText(sick, at)).toMatch(/worker +✗[\s\S]*▌ +backend/);
  });

  test("goes to the project that folds under it, and to the next problem", () => {
    const folded = pressed(["left"], world, at).place;
    expect([folded.cursor, folded.folded]).toEqual(["Main", ["Main"]]);
    const sick = worldOf([...shopUnits.slice(0, 3), unitRow("feature/backend", { status: "unhealthy" })]);
    expect(pressed(["!"], sick, placeAt("Main", { folded: ["feature"] })).place).toMatchObject({ cursor: "feature/backend", folded: [] });
    expect(pressed(["!"], world, at).place.message).toBe("no unit has a problem");
  });

  test("leaves the log at its end, and scrolls it when the log has the keys", () => {
    expect(pressed(["down"], world, placeAt("Main/backend", { log: { ...at.log, ends: { "Main/backend": 10 } } })).place.log.ends).toBeUndefined();
    expect(pressed(["tab", "pageup"], world, at).effects).toEqual([{ kind: "scroll", lines: -9 }]);
  });
});

describe("commands", () => {
  test.each([["r", "restart"], ["s", "stop"], ["a", "start"], ["h", "health"]])("%s calls %s for the unit under the cursor", (key, command) => {
    expect(called([key])).toEqual({ command, words: [], targets: { projects: [], units: ["Main/backend"] } });
  });

  test("are for the chosen units where some are, and for the whole project on its row", () => {
    expect(called(["space", "space", "r"])?.targets).toEqual({ projects: [], units: ["Main/backend", "Main/worker"] });
    expect(called(["space", "space", "esc", "r"])?.targets).toEqual({ projects: ["feature"], units: [] });
    expect(called(["r"], placeAt("Main"))?.targets).toEqual({ projects: ["Main"], units: [] });
  });

  test("that this version does not have are said not to be there", () => {
    expect(pressed(["t"], world, at)).toMatchObject({ place: { message: "`test` is not a command of this version" }, effects: [] });
  });

  test("come to their keys, the palette and the help by the table alone", () => {
    const more = worldOf(shopUnits, { commands: [...entries, { name: "test", aliases: ["t"], about: "Run the suites.", takesTargets: true, needsArgument: false }] });
    expect(called(["t"], at, more)).toEqual({ command: "test", words: [], targets: { projects: [], units: ["Main/backend"] } });
    expect(paletteEntries(more, at, "test")[0]?.label).toBe("test Main/backend");
    expect(screenText(more, { ...at, overlay: { kind: "help", top: 0 } }, 120, 60)).toContain("test: Run the suites.");
    expect(screenText(world, { ...at, overlay: { kind: "help", top: 0 } }, 120, 60)).not.toContain("test:");
  });

  test.each([["s", "stop"], ["r", "restart"], ["t", "test"], ["p", "pr"], ["c", "commit"], ["v", "review"], ["m", "migrate"], ["x", "clear-logs"], ["h", "health"], ["e", "errors"]])("%s calls %s, as in the Python engine's prompt", (letter, command) => {
    const isAboutProjects = ["test", "pr", "commit", "review", "migrate"].includes(command);
    expect(called([letter], at, whole)).toEqual({ command, words: [], targets: isAboutProjects ? { projects: ["Main"], units: [] } : { projects: [], units: ["Main/backend"] } });
    expect(called([letter], placeAt("feature"), whole)?.targets).toEqual({ projects: ["feature"], units: [] });
    const row = commands.find(({ name }) => name === command);
    expect(letter === "x" || row?.aliases?.includes(letter)).toBe(true);
  });

  test("l and q show the log and leave, as in the Python engine's prompt", () => {
    expect(pressed(["l"], whole, placeAt("Main/backend", { view: "detail" })).place.view).toBe("logs");
    expect(pressed(["q"], whole, at).effects).toEqual([{ kind: "quit" }]);
  });

  test("that remove, end what nobody named, or publish are asked about first", () => {
    expect(commands.filter(({ isDestructive }) => isDestructive === true).map(({ name }) => name).sort()).toEqual(["blast-all", "blast-worktree", "clear-logs", "delete-worktree", "pr", "self-destruct-worktree", "ship", "stop-all"]);
  });

  test("no key stands in two rows", () => {
    const keys = keyRows.flatMap((row) => row.keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });
});

test("commands that work on projects are titled by the project, once for several of its units, and found by a unit", () => {
  expect(paletteEntries(whole, at, "commit")[0]?.label).toBe("commit Main");
  expect(called(["*", "c"], at, whole)?.targets).toEqual({ projects: ["Main"], units: [] });
  expect(paletteEntries(whole, at, "review feature/b").filter(({ label }) => label.startsWith("review ")).map(({ label }) => label)).toEqual(["review feature", "review feature/b"]);
});

describe("the palette", () => {
  const typed = (text: string): readonly string[] => [":", ...[...text].map((letter) => (letter === " " ? "space" : letter)), "enter"];

  test("finds a command by a few letters, for what is chosen", () => {
    expect(called(typed("rst"))).toEqual({ command: "restart", words: [], targets: { projects: [], units: ["Main/backend"] } });
  });

  test("finds a command and another target", () => {
    expect(called(typed("stop feat"))?.targets).toEqual({ projects: ["feature"], units: [] });
    expect(called(typed("stop feature/b"))?.targets).toEqual({ projects: [], units: ["feature/backend"] });
  });

  test("goes to a unit, does what keys do, and takes words as on a command line", () => {
    expect(pressed(typed("feature/back"), world, at).place.cursor).toBe("feature/backend");
    expect(pressed(typed("waterfall"), world, at).place.view).toBe("waterfall");
    expect(called(typed("completion fish"))).toEqual({ command: "completion", words: ["fish"], targets: { projects: [], units: [] } });
  });

  test("asks for the word a command cannot do without, unless the unit is meant", () => {
    expect(called(typed('completion "two words" a\\ b'))?.words).toEqual(["two words", "a b"]);
    expect(pressed(typed("completion"), world, at).place.overlay).toEqual({ kind: "palette", text: "completion ", at: 0 });
    expect(called(typed("env"))?.words).toEqual(["Main/backend"]);
  });

  test("says what a command waits for, and does nothing else meanwhile", () => {
    const waiting = pressed(typed("job"), whole, at).place;
    expect(waiting.overlay).toEqual({ kind: "palette", text: "job ", at: 0 });
    expect(paletteEntries(whole, at, "job ")[0]).toMatchObject({ label: "job ACTION", about: expect.stringContaining("stop") });
    expect(pressed(["enter"], whole, waiting)).toMatchObject({ place: { overlay: { text: "job " } }, effects: [] });
    expect(pressed(typed("exec"), whole, at).place.overlay).toEqual({ kind: "palette", text: "exec Main/backend -- ", at: 0 });
    expect(pressed(typed("run"), whole, at).place.overlay).toEqual({ kind: "palette", text: "run -- ", at: 0 });
    expect(pressed(typed("qa-user"), whole, at).place.overlay).toEqual({ kind: "palette", text: "qa-user ", at: 0 });
  });

  test("begins the line for a command that takes several words", () => {
    expect(pressed(typed("compare"), whole, at).place.overlay).toEqual({ kind: "palette", text: "compare Main ", at: 0 });
    expect(called([...typed("compare"), ..."feature", "enter"], at, whole)).toEqual({ command: "compare", words: ["Main", "feature"], targets: { projects: [], units: [] } });
  });

  test("reaches every command of the table", () => {
    const missing = whole.commands.filter(({ name }) => paletteEntries(whole, at, name)[0]?.label.split(" ")[0] !== name);
    expect(missing).toEqual([]);
  });

  test("a call is the same command line as a person would type", () => {
    expect(callArguments({ command: "restart", words: [], targets: { projects: ["Main"], units: ["feature/backend"] } })).toEqual(["restart", "--project", "Main", "--service", "feature/backend"]);
  });
});

describe("what is in front", () => {
  const call: Call = { command: "stop", words: [], targets: { projects: ["Main"], units: [] } };
  const asked = placeAt("Main", { overlay: { kind: "confirm", title: "stop", lines: ["ends Main/backend: stop was asked for"], call } });

  test("a question shows exactly what would end, and only `y` does it", () => {
    expect(screenText(world, asked)).toMatch(/stop Main\?[\s\S]*ends Main\/backend: stop was asked for/);
    expect(pressed(["y"], world, asked).effects).toEqual([{ kind: "call", call, isConfirmed: true }]);
    expect(pressed(["enter"], world, asked)).toEqual({ place: asked, effects: [] });
    expect(pressed(["n"], world, asked)).toMatchObject({ place: { message: "nothing was done" }, effects: [] });
  });

  test("a commit shows what it takes, and asks for a message; Enter alone leaves that to the command", () => {
    const commit: Call = { ...call, command: "commit" };
    const asking = placeAt("Main", { overlay: { kind: "message", title: "commit", lines: ["Main on main: 1 changed", "   M shop.ts"], call: commit, text: "" } });
    expect(screenText(world, asking)).toMatch(/commit Main\?[\s\S]*M shop\.ts[\s\S]*Message: [\s\S]*Enter does it, with the heading of MAIN_TASK\.md/);
    const typed = pressed([..."yes, n", "backspace", "q"], world, asking).place;
    expect(screenText(world, typed)).toContain("Message: yes, q");
    expect(pressed(["enter"], world, typed).effects).toEqual([{ kind: "call", call: { ...commit, words: ["--message", "yes, q"] }, isConfirmed: true }]);
    expect(pressed(["enter"], world, asking).effects).toEqual([{ kind: "call", call: commit, isConfirmed: true }]);
    expect(pressed(["esc"], world, typed)).toMatchObject({ place: { overlay: undefined, message: "nothing was done" }, effects: [] });
  });

  test("a filter works while it is typed, and Escape takes it back", () => {
    const filtered = pressed(["/", "e", "r", "tab"], world, at).place;
    expect(filtered.log).toMatchObject({ filter: "er", isRegex: true });
    expect(pressed(["enter"], world, filtered).place).toMatchObject({ overlay: undefined, log: { filter: "er" } });
    expect(pressed(["esc"], world, filtered).place.log.filter).toBe("");
  });

  test("letters typed there do nothing else", () => {
    expect(pressed(["/", "q", "s", "r"], world, at)).toMatchObject({ place: { log: { filter: "qsr" } }, effects: [] });
  });
});

test("the daemon is started by a key only where there is none", () => {
  expect(pressed(["D"], worldOf(shopUnits, { link: "gone" }), at).effects).toEqual([{ kind: "daemon" }]);
  expect(pressed(["D"], world, at)).toMatchObject({ place: { message: "a daemon is there already" }, effects: [] });
});

test("lines of the log are copied as text: those on the screen, or the one a search found", () => {
  const log = { lines: [logLine("Main/backend", "\u001b[31mGET /\u001b[0m 500"), logLine("Main/backend", "error: gone", { start: 20, end: 32 })], share: 1, sizeBytes: 32 };
  const logged = worldOf(shopUnits, { log });
  expect(pressed(["Y"], logged, at).effects).toEqual([{ kind: "copy", text: "GET / 500\nerror: gone\n", what: "2 lines" }]);
  const found = placeAt("Main/backend", { log: { ...at.log, found: { unitId: "Main/backend", end: 32 } } });
  expect(pressed(["Y"], logged, found).effects).toEqual([{ kind: "copy", text: "error: gone\n", what: "1 line" }]);
  expect(pressed(["Y"], world, at)).toMatchObject({ place: { message: "there is no line to copy" }, effects: [] });
});

test("what has no URL is neither opened nor copied", () => {
  expect(pressed(["o"], world, at).effects).toEqual([{ kind: "open", url: "http://localhost:8000" }]);
  expect(pressed(["y"], world, placeAt("Main/worker"))).toMatchObject({ place: { message: "it has no URL" }, effects: [] });
});
