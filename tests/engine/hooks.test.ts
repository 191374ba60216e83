/** Commands told of transitions: what they get, in which order, and that they never stand in the engine's way. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runHooks, type Hooks } from "../../src/engine/hooks.ts";
import { createTrust } from "../../src/host/trust.ts";
import type { Event } from "../../src/model/events.ts";
import type { HookName } from "../../src/model/supervision.ts";
import { argvOf } from "../../src/model/template.ts";
import { eventually } from "../rig/wait.ts";
import { workshop, type Workshop } from "./workshop.ts";

type Commands = Readonly<Partial<Record<HookName, string>>>;

async function hooked(on: Commands, isTrusted = true): Promise<{ readonly shop: Workshop; readonly hooks: Hooks; readonly trust: () => void }> {
  const shop = await workshop({ api: { command: ["sleep", "600"], on, restart: { strategy: "never" } } });
  const trust = (): void => createTrust(join(shop.directory, "state"), shop.repository, false).allow(Object.entries(on).map(([name, command]) => ({ on: name as HookName, command: argvOf(command) })));
  if (isTrusted) trust();
  const hooks = runHooks(shop.engine);
  onTestFinished(() => hooks.close());
  return { shop, hooks, trust };
}

const text = (shop: Workshop, name: string): string => (existsSync(join(shop.repository, name)) ? readFileSync(join(shop.repository, name), "utf8") : "");
const warnings = (shop: Workshop) => shop.events.filter((event): event is Extract<Event, { type: "warning" }> => event.type === "warning");
const idle = (hooks: Hooks) => eventually(() => hooks.count() === 0, "the end of the hooks");

test("a hook gets the event on its input, the unit's environment without its mark, and runs in the project's root", async () => {
  const { shop, hooks } = await hooked({ ready: "cat > event.json; env > environment.txt; pwd > place.txt; echo told" });
  await shop.submit("start", { caller: { directory: shop.repository, environment: { PATH: process.env["PATH"] ?? "", FROM_CALLER: "yes", ENVCTL_OWNER: "somebody" } } });
  await idle(hooks);
  const ready = shop.events.find(({ type }) => type === "unit_ready");
  expect(JSON.parse(text(shop, "event.json"))).toEqual(ready);
  const lines = text(shop, "environment.txt").split("\n");
  expect(lines).toEqual(expect.arrayContaining(["FROM_CALLER=yes", "ENVCTL_EVENT=ready", "ENVCTL_UNIT=Main/api", "ENVCTL_PROJECT=Main", `ENVCTL_RUN_ID=${ready?.runId}`]));
  expect(lines.filter((line) => line.startsWith("ENVCTL_OWNER"))).toEqual([]);
  expect(text(shop, "place.txt").trim()).toBe(shop.repository);
  const log = readFileSync(shop.engine.repository.logPath(ready?.runId ?? "", "hooks"), "utf8");
  expect(log).toMatch(/^--- \d{4}-\S+Z Main\/api ready: \/bin\/sh -c cat .*\ntold\n$/);
});

test("hooks of a unit run in the order of its events, however long the first takes, and the engine does not wait", async () => {
  const note = (name: string): string => `echo ${name} >> order.txt`;
  const { shop, hooks } = await hooked({ starting: `while [ ! -e go ]; do sleep 0.01; done; ${note("starting")}`, started: note("started"), ready: note("ready"), stopped: note("stopped") });
  await shop.submit("start");
  await shop.submit("stop");
  expect(shop.life("api")?.status).toBe("stopped");
  expect(text(shop, "order.txt")).toBe("");
  writeFileSync(join(shop.repository, "go"), "");
  await idle(hooks);
  expect(text(shop, "order.txt")).toBe("starting\nstarted\nready\nstopped\n");
});

test("untrusted hooks do not run, which is told once a run; trusted ones run at once", async () => {
  const { shop, hooks, trust } = await hooked({ started: "echo told >> told.txt", ready: "echo told >> told.txt" }, false);
  await shop.submit("start");
  await idle(hooks);
  expect(text(shop, "told.txt")).toBe("");
  expect(warnings(shop)).toMatchObject([{ code: "hooks_untrusted", message: expect.stringContaining("envctl trust") as string }]);
  trust();
  await shop.submit("restart");
  await idle(hooks);
  expect(text(shop, "told.txt")).toBe("told\ntold\n");
  expect(warnings(shop)).toHaveLength(1);
});

test("a hook that fails is a warning that says where its output is, and starts no other hook", async () => {
  const { shop, hooks } = await hooked({ ready: "echo no >&2; exit 3" });
  await shop.submit("start");
  await idle(hooks);
  expect(warnings(shop)).toMatchObject([{ code: "hook_failed", unitId: "Main/api", message: expect.stringMatching(/for "ready" ended with exit code 3: .*hooks\.log$/) as string }]);
  expect(shop.life("api")?.status).toBe("ready");
});

test("what a hook has begun ends with it, and nobody waits long for one that hangs when the daemon leaves", async () => {
  const { shop, hooks } = await hooked({ ready: 'trap "" TERM; sleep 600 & echo begun > begun.txt; sleep 600' });
  await shop.submit("start");
  await eventually(() => text(shop, "begun.txt") !== "", "the hook");
  const hanging = (): readonly string[] => shop.processes().filter((command) => command.includes("begun.txt"));
  expect(hanging()).not.toEqual([]);
  shop.engine.impatience.abort();
  await hooks.close();
  await eventually(() => hanging().length === 0, "its end");
  expect(warnings(shop)).toEqual([]);
});
