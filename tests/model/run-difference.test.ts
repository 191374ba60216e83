/** What is different between two runs is told in few rows: what changed, what is new, what is gone. */
import { expect, test } from "vitest";
import type { Event } from "../../src/model/events.ts";
import { differencesBetween, type RecordedRun } from "../../src/model/run-difference.ts";
import { foldEvents } from "../../src/model/run-state.ts";
import type { UnitSpec } from "../../src/model/unit.ts";
import { unitSpec } from "./specimen.ts";

function run(...specs: readonly UnitSpec[]): RecordedRun {
  const events = specs.map((spec, index): Event => ({ type: "unit_planned", unitId: spec.id, spec, because: "asked", isAutomatic: false, seq: index + 1, at: "2026-01-01T10:00:00.000Z", runId: "run-1" }));
  return { state: foldEvents("run-1", events), events };
}

test("of a unit that only one run has one row says so, of the others every value that differs", () => {
  const api: UnitSpec = { ...unitSpec("Main", "api"), command: ["serve"], env: { LEVEL: "info", MODE: "x" }, ports: [{ name: "main", port: 8000, requested: 8000 }] };
  const then = run(api, { ...unitSpec("Main", "old"), command: ["old", "way"], env: { A: "1" } });
  const now = run({ ...api, env: { LEVEL: "debug", MODE: "x" }, ports: [{ name: "main", port: 8001, requested: 8000 }] }, { ...unitSpec("Main", "young"), command: ["new"] });
  expect(differencesBetween(then, now)).toEqual([
    { unitId: "Main/api", what: "port main", before: "8000", after: "8001" },
    { unitId: "Main/api", what: "env.LEVEL", before: "info", after: "debug" },
    { unitId: "Main/old", what: "unit", before: "old way", after: null },
    { unitId: "Main/young", what: "unit", before: null, after: "new" },
  ]);
  expect(differencesBetween(then, then)).toEqual([]);
});
