/** A plan carried out later than it was made, as an automatic restart beside an intent may be. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { execute, type ExecuteContext } from "../../src/engine/execute.ts";
import { planIntent } from "../../src/engine/planning.ts";
import { createPrepareMemory } from "../../src/engine/prepare.ts";
import type { Plan } from "../../src/model/plan.ts";
import { eventually } from "../rig/wait.ts";
import { pidOf, playing, workshop, type Workshop } from "./workshop.ts";

async function startPlan({ engine, repository }: Workshop): Promise<Plan> {
  return (await planIntent(engine, { kind: "start", selection: { projects: [], services: [] }, caller: { directory: repository, environment: {} } })).plan;
}

function contextOf({ engine, directory }: Workshop): ExecuteContext {
  return {
    engine,
    runId: engine.store.state()?.runId ?? "",
    startedAs: () => ({ callerEnvironment: {}, environmentId: "" }),
    prepareMemory: createPrepareMemory(join(directory, "prepared.json")),
    reveal: () => "",
    signal: new AbortController().signal,
    requirementOf: () => undefined, settleBorrowedOf: async () => undefined,
    isStrict: false,
    isAutomatic: true,
  };
}

test("what somebody else has started meanwhile is not started twice", async () => {
  const shop = await workshop({ api: { command: playing({}) } });
  const plan = await startPlan(shop);
  await shop.submit("start");
  const before = pidOf(shop.life("api"));
  expect((await execute(plan, contextOf(shop))).failures).toEqual({});
  expect(pidOf(shop.life("api"))).toBe(before);
  expect(shop.engine.store.state()?.units["Main/api"]?.starts).toBe(1);
  await eventually(() => shop.processes().length === 2, "its front shell and its program, and no more");
});

test("what was stopped on purpose meanwhile stays down", async () => {
  const shop = await workshop({ api: { command: playing({}) }, other: { command: playing({}) } });
  const plan = await startPlan(shop);
  await shop.submit("start");
  await shop.submit("stop", { services: ["api"] });
  expect((await execute(plan, contextOf(shop))).failures).toMatchObject({ "Main/api": { reason: "cancelled" } });
  expect(shop.life("api")?.status).toBe("stopped");
  await eventually(() => shop.processes().length === 2, "the other one's front shell and program, and no more");
});
