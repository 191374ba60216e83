/** What `explain-startup` and `preflight` tell beside the plan, for readers that know the Python engine's fields. */
import { expect, onTestFinished, test } from "vitest";
import { startupReport } from "../../src/commands/startup-report.ts";
import type { Plan, PlanNode } from "../../src/model/plan.ts";
import { shopRun, unitSpec } from "./shop-run.ts";

const configuration = `services:
  backend:
    command: serve
  admin: { command: "serve admin", port: 8100 }
`;

test("a start of two projects tells who calls whom, what is reached where, and where each command comes from", async () => {
  const { runtime, repository } = shopRun(onTestFinished, { configuration, hasRun: false });
  const started = (project: string, name: string, parts: Parameters<typeof unitSpec>[3]): PlanNode => ({ unitId: `${project}/${name}`, action: "start", because: "not running", spec: unitSpec(repository, project, name, parts), after: [] });
  const plan: Plan = {
    intent: "start", mode: "trees", portMoves: [], destructive: [], notes: [], hash: "0123456789ab",
    projects: [{ name: "Main", root: repository, slot: 0 }, { name: "feature", root: repository, slot: 1 }],
    nodes: [
      started("Main", "backend", { env: { CORS_ORIGINS_RAW: "http://localhost:9000,http://localhost:9001", ALLOWED_ORIGIN: '["http://localhost:9000"]', ORIGINAL: "http://localhost:1" }, url: "http://localhost:8000" }),
      started("Main", "admin", { url: "http://localhost:8100" }),
      started("feature", "worker", {}),
    ],
  };
  const report = await startupReport(plan, { isInteractive: false, flags: {} }, runtime);
  expect(report).toMatchObject({
    hash: "0123456789ab",
    selection: { selected_projects: ["Main", "feature"], discovered_projects: ["Main", "feature"], preselected_projects: [] },
    parallel_trees: { enabled: true, workers: 2 },
    plan_agent_launch: { enabled: false },
    additional_service_urls: { Main: { admin: "http://localhost:8100" }, feature: {} },
    auto_resume: { existing_state_found: false },
  });
  const { services } = report.env_projection.projects["Main"] ?? {};
  expect(services?.["backend"]?.env_overlays).toEqual(["ALLOWED_ORIGIN", "CORS_ORIGINS_RAW", "ORIGINAL"]);
  expect(services?.["backend"]?.cors).toEqual({ variables: ["CORS_ORIGINS_RAW", "ALLOWED_ORIGIN"], origins: ["http://localhost:9000", "http://localhost:9001"] });
  expect([services?.["backend"]?.command_source, services?.["admin"]?.cors]).toEqual([`${repository}/.envctl:3:5`, { variables: [], origins: [] }]);
});

test("what a live run has otherwise is named, with the reason", async () => {
  const { runtime, repository } = shopRun(onTestFinished);
  const node = (name: string, action: PlanNode["action"], because: string): PlanNode => ({ unitId: `Main/${name}`, action, because, spec: unitSpec(repository, "Main", name, {}), after: [] });
  const plan: Plan = {
    intent: "start", mode: "main", portMoves: [], destructive: [], notes: [], hash: "0123456789ab", projects: [{ name: "Main", root: repository, slot: 0 }],
    nodes: [node("postgres", "adopt", "runs"), node("backend", "restart", "its command changed"), node("unknown", "start", "not running")],
  };
  const report = await startupReport(plan, { isInteractive: false, flags: { project: ["Main"] } }, runtime);
  expect(report.selection.preselected_projects).toEqual(["Main"]);
  expect(report.run_reuse).toMatchObject({ will_reuse_run: true, weak_identity: false, mismatch_details: [{ unit_id: "Main/backend", because: "its command changed" }] });
});
