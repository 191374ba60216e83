/** Runs of graphs whose units are functions of the test. */
import { describe, expect, test } from "vitest";
import { GraphRun, type GraphOrder } from "../../src/graph/carry-out.ts";
import { choose, type Circumstances } from "../../src/graph/choose.ts";
import { graphState, type GraphEvent } from "../../src/graph/record.ts";
import type { UnitCall } from "../../src/graph/unit-process.ts";
import type { GraphUnit, UnitResult } from "../../src/graph/unit.ts";
import { addedUnit } from "../../src/graph/written-unit.ts";
import { skipReason, taskProblem } from "../../src/ui/graph-words.ts";
import { unit } from "./units.ts";

const at = "2026-01-01T00:00:00.000Z";
const passed: UnitResult = { status: "pass", endedAt: at, records: [], facts: {}, hash: "h" };

/** Runs with a worker that does what it is told, at once. */
function inline(units: readonly GraphUnit[], work: (call: UnitCall) => Readonly<Record<string, string>> = () => ({}), order: Partial<GraphOrder> = {}) {
  const events: GraphEvent[] = [];
  const run = new GraphRun({ units, left: [], kept: [], capacity: { pools: { default: 8 } }, given: [], facts: {}, paramsFor: () => ({}), hashOf: () => "h", ...order }, {
    reserved: async () => async () => undefined, worker: async (call) => ({ exit: { kind: "code", code: 0 }, records: [], problems: [], facts: work(call) }),
    environmentOf: async () => ({}),
    pathsOf: () => ({ logPath: "/dev/null", exchange: "/nowhere", own: {} }),
    read: (definition, directory) => {
      const { unit: read, failures } = addedUnit(definition, directory, { file: "" });
      return { problems: failures.map(({ message }) => message), ...(read === undefined ? {} : { unit: read }) };
    },
    note: (event) => events.push({ ...event, at }),
    now: () => at,
    words: { problem: taskProblem, skip: skipReason },
    signal: new AbortController().signal,
  });
  return { events, run, results: run.carryOut() };
}

test("P6 facts reach direct dependants, also those of an earlier run, and no others", async () => {
  const seen = new Map<string, unknown>();
  const units = [unit("a", { provides: ["x"] }), unit("b", { requires: ["x", "old"] }), unit("c", { requires: ["b"] })];
  const work = ({ unit: { id }, environment }: UnitCall) => (seen.set(id, environment), id === "a" ? { A: "1" } : {});
  await inline(units, work, { facts: { ALL: "0" }, kept: [{ unit: unit("old"), result: { ...passed, facts: { OLD: "2" } } }] }).results;
  expect([...seen]).toEqual([["a", { ALL: "0" }], ["b", { ALL: "0", A: "1", OLD: "2" }], ["c", { ALL: "0" }]]);
});

test("P15 a thousand units, each emitted by the one before it, run to the end", async () => {
  const work = ({ unit: { id }, emitted }: UnitCall) => {
    const next = Number(id) + 1;
    return next < 1000 ? { WRONG: emitted({ id: String(next), requires: [id], command: "true" }).join() } : {};
  };
  const results = await inline([unit("0")], work).results;
  expect([results.size, [...results.values()].every(({ status }) => status === "pass")]).toEqual([1000, true]);
}, 30_000);

test("P15 what is emitted and would go round, or is there already, is refused; the run goes on", async () => {
  const said: string[] = [];
  const { results } = inline([unit("a", { group: "one" }), unit("b", { group: "two", requires: ["a"] })], ({ unit: { id }, emitted }) => (id === "a" ? (said.push(...emitted({ id: "c", requires: ["d"], provides: ["d"], command: "x" }), ...emitted({ id: "b", command: "x" }), ...emitted({ id: "f", group: "one", requires: ["b"], command: "x" })), {}) : {}));
  expect([...(await results).keys()]).toEqual(["a", "b"]);
  expect(said).toEqual(["emitted: a cycle: c → c", "emitted: there are two units called b", "emitted: groups that would have to run before each other: one → two → one"]);
});

describe("P11 what was done before", () => {
  const units = [unit("a", { provides: ["x"] }), unit("b", { requires: ["x"] }), unit("c")];
  const results = new Map([["a", passed], ["b", { ...passed, status: "fail" as const }], ["c", passed]]);
  const now: Circumstances = { mode: "all", only: [], skip: [], tags: [], platform: "linux", environment: {}, results, intended: new Set(["a", "b", "c"]), hashes: new Map([["a", "h"], ["b", "h"], ["c", "other"]]) };
  const chosen = (more: Partial<Circumstances>) => {
    const { todo, kept } = choose(units, { ...now, ...more });
    return { todo: todo.map(({ id }) => id).join(), kept: kept.map(({ id }) => id).join() };
  };

  test.each([
    ["everything", { mode: "all" }, { todo: "a,b,c", kept: "" }],
    ["what failed", { mode: "failed" }, { todo: "b", kept: "a,c" }],
    ["what is not done, or was changed", { mode: "resume" }, { todo: "b,c", kept: "a" }],
    ["what the last run was to do", { mode: "resume", intended: new Set(["b"]) }, { todo: "b", kept: "a" }],
    ["what was changed, and what requires it", { mode: "changed", hashes: new Map([["a", "new"], ["b", "h"], ["c", "h"]]) }, { todo: "a,b", kept: "c" }],
    ["one, and what it requires", { mode: "all", only: ["b"] }, { todo: "a,b", kept: "" }],
    ["one that failed, whose requirement is not done", { mode: "failed", results: new Map([["b", { ...passed, status: "skip" as const }]]) }, { todo: "a,b", kept: "" }],
  ] as const)("%s", (_what, more, expected) => {
    expect(chosen(more)).toEqual(expected);
  });

  test("one that was caught running is not done", () => {
    const events: readonly GraphEvent[] = [
      { at, type: "unit_kept", unit: "a", result: passed }, { at, type: "graph_began", run: "r", project: "Main", units: ["b"] },
      { at, type: "unit_began", unit: "b" }, { at, type: "unit_added", unit: "d", by: "b", directory: "/", definition: {} },
    ];
    expect(graphState(events)).toMatchObject({ intended: new Set(["b", "d"]), results: new Map([["a", passed]]), running: new Set(["b"]), hasEnded: false });
    expect(graphState([])).toBeUndefined();
  });
});
