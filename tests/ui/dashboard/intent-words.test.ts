/** What the dashboard asks before a stop, and says after a start or a stop. */
import { expect, test } from "vitest";
import type { RunReport, UnitReport } from "../../../src/model/control.ts";
import type { IntentKind } from "../../../src/model/intent.ts";
import type { Plan, PlanAction } from "../../../src/model/plan.ts";
import type { Targets } from "../../../src/ui/dashboard/place.ts";
import { outcomeText, questionLines } from "../../../src/ui/dashboard/intent-words.ts";
import { knownFrom, planOf } from "../../plan/specimen.ts";
import { reportOf, shopUnits } from "./specimen.ts";

const known = knownFrom(planOf({}));
const unit = (...units: readonly string[]): Targets => ({ projects: [], units });

test("one unit that nobody depends on is stopped unasked; one that others live on is named together with them", () => {
  const stop = (service: string): Plan => planOf({ kind: "stop", known, selection: { services: [service] } });
  expect(questionLines([stop("worker")], unit("Main/worker"))).toEqual([]);
  expect(questionLines([stop("redis")], unit("Main/redis"))).toEqual([
    "ends Main/redis: stop was asked for",
    "leaves Main/backend: goes on running without Main/redis",
    "leaves Main/worker: goes on running without Main/redis",
  ]);
});

function ended(intent: IntentKind, actions: Readonly<Record<string, PlanAction>>, more: Partial<RunReport> = {}): RunReport {
  const units = Object.entries(actions).map(([unitId, action]): UnitReport => ({ unitId, action, because: "", status: "ready" }));
  return { ok: true, exit: 0, intent, runId: "run-1", durationMs: 2000, units, killed: [], failures: [], notes: [], ...more };
}

const before = reportOf(shopUnits);

test.each([
  ["what was named", ended("stop", { "Main/worker": "stop" }), unit("Main/worker"), "done in 2s"],
  ["what came along", ended("start", { "Main/postgres": "start", "Main/backend": "start" }), unit("Main/backend"), "done in 2s, with Main/postgres"],
  ["who goes on without it", ended("stop", { "Main/postgres": "stop", "Main/backend": "leave" }, { notes: ["Main/backend goes on running without Main/postgres"] }), unit("Main/postgres"), "done in 2s; Main/backend goes on running without Main/postgres"],
  ["that nothing was done", ended("stop", { "Main/postgres": "leave" }, { notes: ["Main/postgres goes on running: feature/backend still uses it"] }), unit("Main/postgres"), "nothing had to be done; Main/postgres goes on running: feature/backend still uses it"],
  ["what a new run is without", ended("start", { "Main/postgres": "start", "Main/backend": "start" }, { runId: "run-2" }), unit("Main/backend"), "done in 2s, with Main/postgres; a new run, without Main/worker, feature: `:start --project Main,feature` adds the rest"],
  ["what went wrong", ended("start", {}, { ok: false, exit: 1, failures: [{ reason: "port_unavailable", message: "no free port" }] }), unit("Main/backend"), "no free port"],
])("afterwards it says %s", (_what, report, targets, text) => {
  expect(outcomeText([report], targets, before)).toBe(text);
});
