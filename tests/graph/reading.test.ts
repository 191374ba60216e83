/** What is written of units, and what they write themselves. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { emittedIn, factsIn, recordsIn } from "../../src/graph/exchange.ts";
import { beginRun, runFiles, runIds } from "../../src/graph/run-files.ts";
import { headerValues, readKeys } from "../../src/graph/unit-keys.ts";
import { outcomeOf, verdictOf } from "../../src/graph/verdict.ts";
import { addedUnit } from "../../src/graph/written-unit.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const place = { file: "a.sh", line: 2 };
const nothing = { facts: {}, records: [], problems: [] };
const exit = (code: number) => ({ kind: "code", code }) as const;

describe("P10 keys", () => {
  test("of a header are words, lists by commas, times with units, conditions by a dot", () => {
    const line = "requires=db,cache provides=x uses=a claims=b priority=-1 pool=io group=vm timeout=90s idle_timeout=500ms soft_exit=75,76 deps_ok locks_ok=false params=size:5,mode:fast inputs=src/** when.os=linux,darwin when.tag=nightly";
    expect(readKeys(headerValues(line), place)).toEqual({
      failures: [],
      fields: {
        requires: ["db", "cache"], provides: ["x"], uses: ["a"], claims: ["b"], priority: -1, pool: "io", group: "vm", timeoutMs: 90_000, idleTimeoutMs: 500, softExit: [75, 76], depsOk: true, locksOk: false,
        params: { size: "5", mode: "fast" }, inputs: ["src/**"], when: { os: ["linux", "darwin"], tag: ["nightly"] },
      },
    });
  });

  test.each([
    ["timeout=soon", 'timeout needs a duration such as 500ms, 90s or 10m, not "soon"'],
    ["timeout=99999h", 'timeout needs a duration such as 500ms, 90s or 10m, not "99999h"'],
    ["priority=high", 'priority needs a whole number, not "high"'],
    ["soft_exit=300", 'soft_exit needs exit codes, not "300"'],
    ["params=5", "params needs pairs of a name and a value"],
    ["when.host=a", "when needs an object of os, env, tag and changed"],
    ["max_output=0", 'max_output needs a number of MiB above 0, not "0"'],
    ["requires=", 'requires needs a list of names, not ""'],
    ["requirse=a", 'unknown key "requirse"'],
  ])("%s is told with its place", (line, message) => {
    const [failure, ...more] = readKeys(headerValues(line), place).failures;
    expect([failure, more]).toEqual([expect.objectContaining({ message: expect.stringContaining(message) as string, place }), []]);
  });

  test("of a unit that is added need an id and something to run", () => {
    expect(addedUnit({ id: "late", command: "true", requires: ["a"] }, "/tmp", place).unit).toMatchObject({ id: "late", command: ["/bin/sh", "-c", "true"], directory: "/tmp", requires: ["a"] });
    for (const [wrong, message] of [[{ command: "true" }, "a unit needs an id"], [{ id: "a" }, "a needs a command or a function"], ["text", 'a unit needs an id, not "text"'], [{ id: "a", command: "true", dir: "/nowhere" }, "/nowhere does not exist"]] as const) {
      expect(addedUnit(wrong, "/tmp", place)).toEqual({ failures: [expect.objectContaining({ message: expect.stringContaining(message) as string })] });
    }
  });
});

test("P15 whatever a unit is called, what it writes stays in its run, and in places of its own", () => {
  const run = runFiles("/runs", "graph-1");
  const ids = ["..", ".", "...", "../..", "a/b", "a_b", ".hidden", "", "\u{1F600}", "x".repeat(300)];
  for (const [pathOf, home] of [[run.exchangeOf, "/runs/graph-1/exchange"], [run.logOf, "/runs/graph-1/logs"]] as const) {
    const paths = ids.map(pathOf);
    expect(paths.map((path) => dirname(path))).toEqual(ids.map(() => home));
    expect(new Set(paths).size).toBe(ids.length);
  }
});

test("P11 a run that begins after the clock was put back is still the latest; what somebody else put there is no run", () => {
  const root = temporaryDirectory(onTestFinished, "graphs");
  const first = beginRun(root, Date.parse("2026-11-21T10:00:00.000Z"));
  for (const name of ["graph-zzz", "graph-", "2026"]) mkdirSync(join(root, name));
  const second = beginRun(root, Date.parse("2025-01-01T10:00:00.000Z"));
  expect([first.id, second.id, runIds(root)]).toEqual(["graph-20261121100000000", "graph-20261121100000001", [first.id, second.id]]);
});

test("P6 facts are lines or objects; what is neither is told with its line", () => {
  expect(factsIn('A=1\nB=two = 2\n\n{"C":{"d":4},"A":"9"}\nnonsense\n')).toEqual({ facts: { A: "9", B: "two = 2", C: '{"d":4}' }, problems: [expect.stringMatching(/^line 5 of \$ENVCTL_FACTS is neither/)] });
});

test("P8 results and units that are emitted are objects, one a line", () => {
  expect(recordsIn('{"name":"a","status":"warn","message":"m"}\n{"name":"b","status":"fine"}\n').values).toEqual([{ name: "a", status: "warn", message: "m" }]);
  expect(recordsIn('{"name":"b","status":"fine"}').problems).toHaveLength(1);
  expect(emittedIn('{"unit":{"id":"a"}}\n{"id":"b"}\n')).toEqual({ values: [{ id: "a" }], problems: [expect.stringContaining("line 2 of $ENVCTL_EMIT")] });
});

describe("P9 verdicts", () => {
  test("are the worst of what a unit says and how it ended", () => {
    const warned = [{ name: "style", status: "warn" }] as const;
    expect(verdictOf({ id: "a" }, { ...nothing, exit: exit(0), records: warned })).toMatchObject({ status: "warn", reason: "style: warn" });
    expect(verdictOf({ id: "a" }, { ...nothing, exit: exit(3), records: warned })).toMatchObject({ status: "fail", reason: "exit code 3" });
    expect(verdictOf({ id: "a" }, { ...nothing, exit: { kind: "signal", signal: "SIGKILL" } })).toMatchObject({ status: "error", reason: "worker died: signal SIGKILL" });
    expect(verdictOf({ id: "a" }, { ...nothing, exit: exit(0), problems: ["line 1"] })).toMatchObject({ status: "error", reason: "line 1" });
    expect(verdictOf({ id: "a" }, { ...nothing, exit: exit(0) })).toEqual({ status: "pass", records: [{ name: "a", status: "pass" }] });
  });

  const [all, none] = [{ gives: true, releases: true }, { gives: false, releases: false }];
  test.each([
    ["a pass gives and releases", {}, "pass", 0, all],
    ["a warning too", {}, "warn", 0, all],
    ["a failure does neither", {}, "fail", 1, none],
    ["a soft exit does both", { softExit: [75] }, "fail", 75, all],
    ["a soft exit does what the flags say", { softExit: [75], depsOk: false }, "fail", 75, { gives: false, releases: true }],
    ["another exit does not", { softExit: [75], locksOk: true }, "fail", 1, none],
    ["flags alone make every failure controlled", { locksOk: true }, "fail", 1, { gives: false, releases: true }],
    ["but no timeout", { locksOk: true, depsOk: true }, "timeout", 1, none],
  ] as const)("%s", (_what, unit, status, code, outcome) => {
    expect(outcomeOf({ softExit: [], ...unit }, status, exit(code))).toEqual(outcome);
  });
});
