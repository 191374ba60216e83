/** An edited configuration, from the editor to `envctl reload`, as a person sees it. */
import { expect, test } from "vitest";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, ofType, reportOf, scene, type Configuration } from "./scene.ts";

function services(port: number, api: Configuration = {}, more: Configuration = {}): Configuration {
  return {
    services: {
      api: { command: puppet({ listen: "{port}" }), port, ...api },
      web: { command: puppet({ listen: "{port}" }), port: port + 1 },
      ...more,
    },
  };
}

const mailer = { mailer: { command: puppet(), port: "none" } };

test("status shows what an edit changed, and reload restarts exactly that", async () => {
  const stack = await scene((port) => services(port, {}, mailer));
  await stack.envctl(["start", "--json"]);
  const before = stack.pids();
  stack.configure(services(stack.port, { env: { GREETING: "hello" } }, { late: { command: puppet(), port: "none" } }));
  await eventually(() => ofType(stack.events(), "configuration_differs").length === 1);
  const status = await eventually(async () => {
    const answer = await stack.envctl(["status", "--json"]);
    return Object.keys(answer.at("differing") as object).length > 0 && answer;
  });
  expect(status.at("differing")).toEqual({ "Main/api": "changed: env GREETING", "Main/mailer": "no longer configured", "Main/late": "not part of the run yet" });
  expect(status.at("configuration_problem")).toBeNull();
  const units = status.at("projects.0.units") as readonly { readonly unit_id: string; readonly differs: string | null }[];
  expect(Object.fromEntries(units.map(({ unit_id, differs }) => [unit_id, differs]))).toEqual({ "Main/api": "changed: env GREETING", "Main/web": null, "Main/mailer": "no longer configured" });
  expect((await stack.envctl(["status"])).stdout).toContain("The configuration differs from what runs; `envctl reload` applies it:\n  Main/api: changed: env GREETING\n");
  expect((await stack.envctl(["explain", "api"])).stdout).toContain("Its configuration differs from what runs: changed: env GREETING; `envctl reload` applies it.");
  expect((await stack.envctl(["health", "--json"])).code).toBe(0);
  const plan = (await stack.envctl(["reload", "--dry-run", "--json"])).at("destructive");
  expect(plan).toEqual(["Main/api", "Main/mailer"]);
  expect(reportOf(await stack.envctl(["reload", "--json"]))).toMatchObject({ ok: true, intent: "reload" });
  const after = stack.pids();
  expect(after["Main/web"]).toBe(before["Main/web"]);
  expect(after["Main/api"]).not.toBe(before["Main/api"]);
  expect(Object.keys(after).sort()).toEqual(["Main/api", "Main/late", "Main/web"]);
  expect(isAlive(before["Main/mailer"] ?? 0)).toBe(false);
  await eventually(async () => Object.keys((await stack.envctl(["status", "--json"])).at("differing") as object).length === 0);
});

test("an invalid edit is told with its file and line, and everything goes on", async () => {
  const stack = await scene((port) => services(port));
  await stack.envctl(["start", "--json"]);
  const before = stack.pids();
  stack.repo.write(".envctl", "services:\n  api:\n    command: run\n    prot: 80\n");
  const shown = await eventually(async () => {
    const { stdout } = await stack.envctl(["status"]);
    return stdout.includes("The configuration cannot be applied") && stdout;
  });
  expect(shown).toMatch(/\.envctl:4:\d+/);
  expect((await stack.envctl(["reload", "--json"])).code).toBe(1);
  expect(stack.pids()).toEqual(before);
  stack.configure(services(stack.port));
  await eventually(async () => (await stack.envctl(["status", "--json"])).at("configuration_problem") === null);
});
