/** Every transition of a unit is recorded, once, and after one it can follow, whatever is done to it. */
import * as fc from "fast-check";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sendSignal } from "../../src/host/signals.ts";
import { transitionNames } from "../../src/model/supervision.ts";
import { misplacedIn, storiesIn } from "../rig/transitions.ts";
import { eventually } from "../rig/wait.ts";
import { pidOf, workshop, type Workshop } from "./workshop.ts";

const restart = { strategy: "fixed", base: "20ms", jitter: 0, max: 100 };
const services = {
  api: { command: ["sleep", "600"], restart, live: { exec: ["test", "!", "-e", "sick"], interval: "30ms", failures: 1 } },
  web: { command: ["sleep", "600"], depends_on: ["api"], restart: { strategy: "never" } },
  broken: { command: ["sh", "-c", "exit 3"], critical: false, ready: { log: "never written" }, restart: { ...restart, max: 1 } },
};

const recorded = (shop: Workshop) => shop.engine.repository.events(shop.engine.store.state()?.runId ?? "");
const status = (shop: Workshop, name: string) => shop.life(name)?.status;

/** Nothing is under way any more. */
async function settled(shop: Workshop): Promise<void> {
  const still = ["planned", "preparing", "starting", "started", "stopping", "restarting"];
  await eventually(() => ["api", "web", "broken"].every((name) => !still.includes(status(shop, name) ?? "stopped")), "rest", 20_000);
}

async function killed(shop: Workshop, name: string): Promise<void> {
  if (status(shop, name) !== "ready") return;
  const pid = pidOf(shop.life(name));
  await eventually(() => shop.engine.table.row(pid)?.group === pid, "its own group");
  sendSignal(-pid, "SIGKILL");
  await eventually(() => { const life = shop.life(name); return life === undefined || !("handle" in life) || life.handle?.pid !== pid; }, "its end");
}

async function takenIll(shop: Workshop): Promise<void> {
  if (status(shop, "api") !== "ready") return;
  const sickness = join(shop.repository, "sick");
  writeFileSync(sickness, "");
  await eventually(() => status(shop, "api") === "unhealthy", "the illness");
  rmSync(sickness);
  await eventually(() => status(shop, "api") === "ready", "the recovery");
}

type Step = (shop: Workshop) => Promise<Workshop>;
const steps: Readonly<Record<string, Step>> = {
  start: async (shop) => (await shop.submit("start"), shop),
  "stop api": async (shop) => (await shop.submit("stop", { services: ["api"] }), shop),
  "stop everything": async (shop) => (await shop.submit("stop"), shop),
  restart: async (shop) => (await shop.submit("restart"), shop),
  resume: async (shop) => (await shop.submit("resume"), shop),
  "kill api": async (shop) => (await killed(shop, "api"), shop),
  "kill web": async (shop) => (await killed(shop, "web"), shop),
  "make api ill": async (shop) => (await takenIll(shop), shop),
  "exchange the daemon": (shop) => shop.replaced(),
};

/** Events of all runs: a run that was stopped is followed by another. */
function everything(shop: Workshop) {
  return shop.engine.repository.list().map((runId) => shop.engine.repository.events(runId));
}

test("any walk through starts, stops, crashes, illness and new daemons leaves an orderly story", async () => {
  const walk = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 6, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(walk, async (names) => {
      let shop = await workshop(services);
      for (const name of ["start", ...names]) {
        shop = (await steps[name]?.(shop)) ?? shop;
        await settled(shop);
      }
      await shop.submit("stop", { selection: { all: true } });
      for (const events of everything(shop)) expect(misplacedIn(events)).toEqual([]);
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test("one walk passes every transition but the limits", async () => {
  let shop = await workshop(services);
  await shop.submit("start");
  await settled(shop);
  await killed(shop, "api");
  await settled(shop);
  await takenIll(shop);
  shop = await shop.replaced();
  await shop.submit("stop", { services: ["api"] });
  const stories = storiesIn(recorded(shop));
  const rise = ["starting", "started", "ready"];
  expect(stories["Main/api"]).toEqual([...rise, "crashed", "restarting", ...rise, "unhealthy", "recovered", "adopted", "stopping", "stopped"]);
  expect(stories["Main/broken"]?.slice(0, 3)).toEqual(["starting", "started", "failed"]);
  const passed = new Set(Object.values(stories).flat());
  expect(transitionNames.filter((name) => !passed.has(name))).toEqual(["limit"]);
});
