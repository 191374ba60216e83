/** A plan as a person reads it. */
import { expect, test } from "vitest";
import type { Plan, PlanNode } from "../../src/model/plan.ts";
import type { RequirementOrigin, UnitSpec } from "../../src/model/unit.ts";
import { planLines } from "../../src/ui/plan-lines.ts";

function requirement(project: string, origin: RequirementOrigin, action: PlanNode["action"] = "start"): PlanNode {
  const spec: UnitSpec = {
    id: `${project}/${origin.adapter}`, project, name: origin.adapter, kind: "requirement", executor: "process", command: ["server"], directory: "/data", env: {}, ports: [{ name: "main", port: 6379, requested: 6379 }],
    ready: { kind: "none" }, readyTimeoutMs: 1000, stop: { signal: "SIGTERM", to: "leader", graceMs: 1000 }, dependsOn: [], prepare: [], critical: true, requirement: origin, hash: "0",
  };
  return { unitId: spec.id, action, because: "not running", spec, after: [] };
}

test("the engine of each requirement is told with its reason, once for projects that agree", () => {
  const redis: RequirementOrigin = { adapter: "redis", version: "7", engine: "embedded", because: "engine auto: Redis can run as a process of envctl" };
  const postgres: RequirementOrigin = { adapter: "postgres", version: "16", engine: "docker", because: "requirements.postgres.engine is docker" };
  const plan: Plan = { intent: "start", mode: "trees", projects: [], nodes: [requirement("a", redis), requirement("b", redis), requirement("a", postgres), requirement("c", { ...redis, because: "earlier" }, "stop")], portMoves: [], destructive: [], notes: [], hash: "abc" };
  expect(planLines(plan).slice(2)).toEqual([
    "ACTION  UNIT        PORT  BECAUSE",
    "start   a/redis     6379  not running",
    "start   b/redis     6379  not running",
    "start   a/postgres  6379  not running",
    "stop    c/redis     6379  not running",
    "Engine of redis: embedded (engine auto: Redis can run as a process of envctl)",
    "Engine of postgres: docker (requirements.postgres.engine is docker)",
  ]);
});
