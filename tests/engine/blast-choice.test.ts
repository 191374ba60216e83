import { describe, expect, test } from "vitest";
import { markFrom, stopRounds, victims, type RecordedUnit, type Sight } from "../../src/engine/blast-choice.ts";
import type { ProcessRow } from "../../src/host/process-row.ts";

const row = (pid: number, more: Partial<ProcessRow> = {}): ProcessRow => ({ pid, name: "node", cpuMs: 0, residentBytes: 0, parent: 1, group: pid, session: pid, startTime: `t${pid}`, ...more });
const mark = (unit: string, scope = "repo-1"): string => `${scope}/Main/${unit}/run-1`;
const recorded = (pid: number, startTime = `t${pid}`): RecordedUnit => ({ scope: "repo-1", unitId: "Main/api", handle: { pid, startTime, bootId: "boot", pidNamespace: "pid:[1]" } });

function found(rows: readonly ProcessRow[], more: Partial<Sight>): Readonly<Record<number, string>> {
  const sight: Sight = { rows, marks: new Map(), recorded: [], self: 999, isMeant: ({ scope }) => scope === "repo-1", ...more };
  return Object.fromEntries(victims(sight).map((one) => [one.row.pid, one.unitId]));
}

describe("a blast chooses", () => {
  test("what carries a meant mark, its session, its group and what descends from it", () => {
    const rows = [row(10), row(11, { session: 10 }), row(12, { group: 10 }), row(13, { parent: 11 }), row(14, { parent: 13 }), row(20)];
    expect(found(rows, { marks: new Map([[10, mark("api")]]) })).toEqual({ 10: "Main/api", 11: "Main/api", 12: "Main/api", 13: "Main/api", 14: "Main/api" });
  });

  test("what the state knows though no mark can be read, also when its first process is gone", () => {
    expect(found([row(10), row(11, { session: 10 })], { recorded: [recorded(10)] })).toEqual({ 10: "Main/api", 11: "Main/api" });
    expect(found([row(11, { session: 10 })], { recorded: [recorded(10)] })).toEqual({ 11: "Main/api" });
  });

  test("nothing by a number that is somebody else's now", () => {
    expect(found([row(10), row(11, { session: 10 })], { recorded: [recorded(10, "before")] })).toEqual({});
  });

  test("nothing that carries somebody else's mark, wherever it stands, and nothing below it", () => {
    const rows = [row(10), row(11, { parent: 10, session: 10 }), row(12, { parent: 11 }), row(13, { parent: 10 })];
    expect(found(rows, { marks: new Map([[10, mark("api")], [11, mark("other", "repo-2")]]) })).toEqual({ 10: "Main/api", 13: "Main/api" });
  });

  test("not the session of a terminal in which somebody exported a mark", () => {
    const rows = [row(10), row(11, { parent: 10, session: 10 }), row(12, { parent: 10, session: 10 })];
    expect(found(rows, { marks: new Map([[11, mark("api")]]) })).toEqual({ 11: "Main/api" });
  });

  test("not itself, though it may run inside a unit", () => {
    expect(found([row(10), row(999, { parent: 10, session: 10 })], { marks: new Map([[10, mark("api")], [999, mark("api")]]) })).toEqual({ 10: "Main/api" });
  });
});

test("marks are taken apart, and what is none is left alone", () => {
  expect(markFrom("repo-1/Main/api/run-1")).toEqual({ scope: "repo-1", project: "Main", unitId: "Main/api", runId: "run-1" });
  expect(["", "repo-1", "repo-1/Main/api", "me"].map(markFrom)).toEqual([undefined, undefined, undefined, undefined]);
});

test("dependents end first, and a circle does not hang", () => {
  const unit = (id: string, ...dependsOn: readonly string[]) => ({ id, dependsOn });
  expect(Object.fromEntries(stopRounds([unit("db"), unit("api", "db"), unit("web", "api"), unit("worker")]))).toEqual({ web: 0, worker: 0, api: 1, db: 2 });
  expect(stopRounds([unit("a", "b"), unit("b", "a")]).size).toBe(2);
});
