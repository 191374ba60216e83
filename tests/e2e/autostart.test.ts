import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AutostartReport } from "../../src/contracts/autostart-report.ts";
import type { JobRow } from "../../src/contracts/job-reports.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { eventually } from "../rig/wait.ts";
import { exitAndErrors, jobScene, type JobScene } from "./job-scene.ts";

function write(shop: JobScene, name: string, manifest: object): void {
  shop.repo.write(`.envctl.d/autostart/${name}.json`, JSON.stringify(manifest));
}

async function statuses(shop: JobScene): Promise<Readonly<Record<string, string>>> {
  const { autostarts } = (await shop.envctl(["autostart", "--json"])).json() as AutostartReport;
  return Object.fromEntries(autostarts.map(({ name, status }) => [name, status]));
}

async function become(shop: JobScene, expected: Readonly<Record<string, string>>): Promise<void> {
  const isSo = async (): Promise<boolean> => JSON.stringify(await statuses(shop)) === JSON.stringify(expected);
  await eventually(isSo, JSON.stringify(expected), 30_000);
}

async function jobsCalled(shop: JobScene, name: string): Promise<readonly JobRow[]> {
  return ((await shop.envctl(["jobs", "--all", "--json"])).json() as readonly JobRow[]).filter((row) => row.name === name);
}

test("W18 what is ensured is begun again with growing gaps, then degraded; what is once is begun once by each daemon; pipelines work", async () => {
  const shop = await jobScene({ files: { ".envctl.d/tasks/count.json": '{"command": "echo x >> \\"$COUNT\\""}', ".envctl.d/pipelines/two.json": '{"stages": ["count", "count"]}' }, stage: { env: { COUNT: "" } } });
  const count = join(shop.directory, "count");
  write(shop, "first", { task: "count", env: { COUNT: count } });
  write(shop, "poison", { mode: "ensure", backoff: 0.2, max: 3, command: "false" });
  write(shop, "lines", { pipeline: "two" });
  await shop.envctl(["daemon", "start"]);
  await become(shop, { first: "untrusted", lines: "untrusted", poison: "untrusted" });
  expect((await shop.envctl(["trust"])).stdout).toContain("Trusted");
  expect((await shop.envctl(["autostart", "reload"])).code).toBe(0);
  await become(shop, { first: "done", lines: "done", poison: "degraded" });

  const launches = (await jobsCalled(shop, "poison")).map(({ started_at: begun, ended_at: ended }) => [Date.parse(begun ?? ""), Date.parse(ended ?? "")] as const);
  expect(launches).toHaveLength(4);
  const gaps = launches.slice(1).map(([begun], index) => begun - (launches[index]?.[1] ?? 0));
  for (const [index, least] of [195, 395, 795].entries()) expect(gaps[index]).toBeGreaterThanOrEqual(least);
  const list = await shop.envctl(["autostart"]);
  expect([list.code, list.stdout]).toEqual([1, expect.stringContaining("poison ended 4 times in a row and is given up")]);
  expect(readFileSync(count, "utf8")).toBe("x\n");
  expect((await jobsCalled(shop, "two.count")).map(({ status }) => status)).toEqual(["failed", "cancelled"]);

  await shop.envctl(["daemon", "restart", "--no-autostart"]);
  expect(await statuses(shop)).toEqual({ first: "off", lines: "off", poison: "off" });
  await shop.envctl(["daemon", "restart"], { env: { ENVCTL_AUTOSTART: "0" } });
  expect(await statuses(shop)).toEqual({ first: "off", lines: "off", poison: "off" });
  expect(readFileSync(count, "utf8")).toBe("x\n");
  await shop.envctl(["daemon", "restart"]);
  await eventually(() => readFileSync(count, "utf8") === "x\nx\n", "its second beginning");
});

test("W18 what is ensured outlives its daemon, is taken over and not begun twice; stopped on purpose it stays so", async () => {
  const shop = await jobScene();
  write(shop, "server", { mode: "ensure", command: ["sleep", "600"] });
  await shop.envctl(["trust"]);
  await shop.envctl(["daemon", "start"]);
  await become(shop, { server: "running" });
  const [row] = await jobsCalled(shop, "server");
  await shop.killDaemon();
  expect(await statuses(shop)).toEqual({ server: "off" });
  await shop.envctl(["daemon", "start"]);
  await become(shop, { server: "running" });
  expect((await jobsCalled(shop, "server")).map(({ tid, status }) => [tid, status])).toEqual([[row?.tid, "running"]]);
  await shop.envctl(["job", "stop", row?.tid ?? ""]);
  await become(shop, { server: "stopped" });
  expect(await jobsCalled(shop, "server")).toHaveLength(1);

  write(shop, "server", { mode: "ensure", command: ["sleep", "601"] });
  await shop.envctl(["autostart", "reload"]);
  expect(await statuses(shop)).toEqual({ server: "untrusted" });
  await shop.envctl(["trust"]);
  await shop.envctl(["autostart", "reload"]);
  await become(shop, { server: "running" });
  // What nobody has allowed is not begun either when it is the turn of what was allowed.
  write(shop, "server", { mode: "ensure", command: ["sleep", "602"] });
  sendSignal((await jobsCalled(shop, "server")).at(-1)?.pid ?? 0, "SIGKILL");
  await become(shop, { server: "untrusted" });
  write(shop, "server", { mode: "ensure", command: ["sleep", "601"] });
  await shop.envctl(["autostart", "reload"]);
  await become(shop, { server: "running" });
  rmSync(join(shop.repo.root, ".envctl.d", "autostart", "server.json"));
  await shop.envctl(["autostart", "reload"]);
  await shop.envctl(["job", "kill", "--all"]);
  expect((await jobsCalled(shop, "server")).map(({ status }) => status)).toEqual(["cancelled", "failed", "killed"]);
});

test("W17 W18 a schedule keeps the daemon, fires in its time, and what it missed while none was there is done once", async () => {
  const shop = await jobScene({ stage: { env: { ENVCTL_DAEMON_IDLE_SECONDS: "0.2" } } });
  const fired = join(shop.directory, "fired");
  const times = (): number => (existsSync(fired) ? readFileSync(fired, "utf8").split("\n").length - 1 : 0);
  write(shop, "tick", { every: "1s", command: `echo x >> '${fired}'` });
  write(shop, "night", { at: "03:00", command: "true" });
  await shop.envctl(["trust"]);
  await shop.envctl(["daemon", "start"]);
  await eventually(() => times() >= 2, "two firings", 30_000);
  await shop.killDaemon();
  // As if no daemon had been there since long ago.
  const path = join(shop.scope(), "jobs", "autostart.json");
  const kept = JSON.parse(readFileSync(path, "utf8")) as { readonly entries: Record<string, { sinceMs: number }> };
  for (const entry of Object.values(kept.entries)) entry.sinceMs -= 10 * 86_400_000;
  writeFileSync(path, JSON.stringify(kept));
  await shop.envctl(["daemon", "start"]);
  await eventually(async () => (await jobsCalled(shop, "night")).some(({ status }) => status === "completed"), "what was missed", 30_000);
  await eventually(async () => (await statuses(shop))["night"] === "waiting", "its next night", 30_000);
  expect(await jobsCalled(shop, "night")).toHaveLength(1);
});

test("W18 a manifest that says something impossible is told with what is wrong, and begins nothing", async () => {
  const shop = await jobScene();
  const wrong: readonly (readonly [object, string])[] = [
    [{ mode: "always", command: "true" }, 'mode must be once or ensure, not "always"'],
    [{ every: "often", command: "true" }, 'every must be from a second to ten years, not "often"'],
    [{ every: "99999999999d", command: "true" }, 'every must be from a second to ten years, not "99999999999d"'],
    [{ at: "25:00", command: "true" }, 'at must be a time of day, not "25:00"'],
    [{ every: "1h", at: "03:00", command: "true" }, "mode, every and at exclude each other"],
    [{ backoff: 1, command: "true" }, 'backoff and max belong to "mode": "ensure"'],
    [{ pipeline: "p", command: "true" }, "a pipeline stands alone"],
    [{ task: "../x" }, 'task must be the name of a task, not "../x"'],
    [{ task: "nowhere" }, 'no task is called "nowhere"'],
    [{ comand: "true" }, 'unknown key "comand"'],
  ];
  for (const [index, [manifest]] of wrong.entries()) write(shop, `m${String(index).padStart(2, "0")}`, manifest);
  mkdirSync(join(shop.repo.root, ".envctl.d", "autostart", "folder.json"));
  const { autostarts } = (await shop.envctl(["autostart", "--json"])).json() as AutostartReport;
  expect(autostarts.map(({ status, error }) => [status, error?.message])).toEqual(wrong.map(([, message]) => ["invalid", expect.stringContaining(message)]));
  expect(exitAndErrors(await shop.envctl(["autostart", "fly"]))[0]).toBe(1);
  expect(await shop.daemonPid()).toBe(0);
});
