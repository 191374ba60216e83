/** doctor over a stack that is in order: nothing broken, in its schema; what stands before a start is kept with the run. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { puppet } from "../rig/puppet.ts";
import { reportOf, scene, type Configuration } from "./scene.ts";

const shop = (port: number): Configuration => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, stop: { grace: "1s" } }, mailer: { command: "no-such-mailer", port: "none", critical: false } } });

test("doctor finds nothing broken, exits by what it found, looks only where it is told, and changes nothing", async () => {
  const stack = await scene(shop, { worktrees: ["a"], stage: { ownCache: true } });
  const whole = await stack.envctl(["doctor", "--json"]);
  expect([whole.code, schemaProblems("doctor", whole.json()), whole.at("counts.fail"), existsSync(stack.scope())]).toEqual([0, [], 0, false]);
  const findings = whole.at("findings") as readonly { readonly id: string; readonly status: string; readonly detail: string }[];
  expect(findings.find(({ id }) => id === "programs")).toMatchObject({ status: "warn", detail: expect.stringContaining("no-such-mailer") as string });
  expect((await stack.envctl(["doctor", "--strict"])).code).toBe(1);
  expect((await stack.envctl(["doctor", "--strict", "--skip", "programs", "--only", "git,node,programs"])).stdout).not.toContain("mailer");
  expect(await stack.envctl(["doctor", "--only", "prots"])).toMatchObject({ code: 1, stderr: expect.stringContaining('did you mean "ports"') as string });
});

test("what the checks found is kept with the run, and preflight shows the plan that start carries out", async () => {
  const stack = await scene(shop);
  const preflight = await stack.envctl(["preflight", "--json"]);
  expect([preflight.code, schemaProblems("preflight", preflight.json()), preflight.at("startup.env_projection.contract_version")]).toEqual([0, [], "envctl.env_projection.v1"]);
  const report = reportOf(await stack.envctl(["start", "--json"]));
  expect([preflight.at("startup.hash"), (await stack.envctl(["explain-startup", "--json"])).at("run_reuse.decision_kind")]).toEqual([report.planHash, "join_live_run"]);
  const kept: unknown = JSON.parse(readFileSync(join(stack.scope(), "runtime_readiness_report.json"), "utf8"));
  expect(schemaProblems("runtime_readiness_report", kept)).toEqual([]);
  expect(kept).toMatchObject({ run_id: report.runId, plan_hash: report.planHash, gate: "start", passed: true, errors: [], warnings: [expect.stringContaining("no-such-mailer")] });
  stack.configure({ services: { backend: { command: puppet({ listen: "{port}" }), port: stack.port, dir: "gone" } } });
  const blocked = await stack.envctl(["preflight", "--json"]);
  expect([blocked.code, blocked.at("ok"), blocked.at("blocking.0.reason")]).toEqual([1, false, "directory_missing"]);
});
