/** `requires`: what a service needs without naming who has it, and who was chosen. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import type { Outcome } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { ranOf, writeUnit } from "./graph-scene.ts";
import { scene, type Configuration, type Scene } from "./scene.ts";

const adapter = (id: string): string => `export const requirement = {
  apiVersion: 1, id: "${id}", title: "${id}", provides: ["storage"],
  engines: { embedded: { draft: () => ({ command: ["sleep", "1000"] }) } }, env: () => ({ STORAGE: "${id}" }),
};\n`;
const files = Object.fromEntries(["attic", "cellar"].map((id) => [`.envctl.d/requirements/${id}.mjs`, adapter(id)]));
const both: Configuration = { requirements: { attic: {}, cellar: {} }, services: { api: { command: puppet(), requires: ["storage"] } } };

async function trusted(configuration: Configuration): Promise<Scene> {
  const stack = await scene(() => configuration, { files });
  await stack.envctl(["trust"]);
  return stack;
}

/** What the service depends on, its variable, and the reason. */
function chosen(outcome: Outcome): readonly unknown[] {
  const plan = outcome.json() as Plan;
  const api = plan.nodes.find(({ unitId }) => unitId === "Main/api")?.spec;
  return [api?.dependsOn, api?.env["STORAGE"], plan.notes];
}

test("P16 the plan shows who was chosen and why; --provider chooses another, unless one runs", async () => {
  const stack = await trusted(both);
  const planned = (...more: readonly string[]) => stack.envctl(["start", "--dry-run", "--json", ...more]);
  expect(chosen(await planned())).toEqual([["Main/attic"], "attic", ["Main: api gets storage from attic: its name is the first of attic, cellar"]]);
  expect(chosen(await planned("--provider", "storage=cellar"))).toEqual([["Main/cellar"], "cellar", ["Main: api gets storage from cellar: providers.storage says so"]]);
  await stack.envctl(["start", "--service", "cellar"]);
  expect(chosen(await planned("--service", "api"))).toEqual([["Main/cellar"], "cellar", ["Main: api gets storage from cellar: it runs already"]]);
});

test("P16 where none is enabled the start says which could be; a disabled one is listed as such", async () => {
  const stack = await trusted({ ...both, requirements: { cellar: { enabled: false } } });
  const outcome = await stack.envctl(["start", "--dry-run"]);
  expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringMatching(/requires names `storage`, which no enabled requirement provides[^]*set requirements\.cellar\.enabled to true/)]);
  expect((await stack.envctl(["list-targets", "--json"])).at("disabled")).toEqual(["cellar"]);
  expect((await stack.envctl(["explain", "cellar"])).stdout).toContain("it is disabled: requirements.cellar.enabled");
});

test("P16 a unit of a graph may require what a service could: it sees the same variables, once that runs", async () => {
  const stack = await trusted({ ...both, services: { api: { command: puppet(), requires: ["storage"], env: { GREETING: "hello" } } } });
  const unit = join(stack.repo.root, ".envctl.d", "units", "seed");
  writeUnit(unit, '# envctl: requires=storage,api service=api\necho "SEEN=$STORAGE $GREETING" >>$ENVCTL_FACTS');
  const early = await stack.envctl(["graph", "run"]);
  expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("Main/api does not run (required by seed)")]);
  expect((await stack.envctl(["graph", "check"])).code).toBe(0);
  await stack.envctl(["start"]);
  expect(ranOf(await stack.envctl(["graph", "run", "--json"])).unit("seed")).toMatchObject({ status: "pass", facts: { SEEN: "attic hello" } });
});
