import { describe, expect, onTestFinished, test } from "vitest";
import type { StatusReport } from "../../src/contracts/reports.ts";
import type { EventBody } from "../../src/model/events.ts";
import type { Failure } from "../../src/model/failure.ts";
import type { Figures, UnitFigures } from "../../src/model/figures.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { handle, nowMs, ready, shopRun, startedAt, unitSpec, type ShopOptions } from "./shop-run.ts";
import { screenText, worldOf } from "../ui/dashboard/specimen.ts";

const used: UnitFigures = { pid: 12, cpu: 0.123, memory_bytes: 47_000_000, fds: 31, processes: 3, uptime_ms: 599_000 };
const figures = (units: Figures["units"]): Figures => ({ schema_version: 1, at: new Date(nowMs - 1000).toISOString(), period_ms: 5000, daemon: handle(1), units });
const crash: Failure = { reason: "process_exited", message: "Main/worker ended by itself with exit code 3", logTail: ["first", "boom"] };
const crashed: EventBody = { type: "unit_crashed", unitId: "Main/worker", exit: { kind: "code", code: 3 }, failure: crash };
const restarting = (dueAt: string): EventBody => ({ type: "unit_restarting", unitId: "Main/worker", attempt: 2, delayMs: 4000, dueAt, because: crash, alongside: [] });
const others = [ready("Main/postgres", 11), ready("Main/backend", 12), ready("Main/frontend", 13), ready("feature/backend", 22)];

async function units(options: ShopOptions): Promise<Readonly<Record<string, StatusReport["projects"][number]["units"][number]>>> {
  const { stdout } = await shopRun(onTestFinished, options).command("status", "--json");
  const report = JSON.parse(stdout) as StatusReport;
  expect(schemaProblems("status", report)).toEqual([]);
  return Object.fromEntries(report.projects.flatMap((project) => project.units).map((unit) => [unit.unit_id, unit]));
}

async function text(options: ShopOptions, ...argv: readonly string[]): Promise<string> {
  return (await shopRun(onTestFinished, options).command(...argv)).stdout;
}

describe("status with figures", () => {
  test("tells what each unit uses, and nothing where it is not known", async () => {
    const found = await units({ figures: figures({ "Main/backend": used, "Main/worker": { ...used, pid: 14, cpu: null, fds: null } }) });
    expect(found["Main/backend"]).toMatchObject({ cpu: 0.123, memory_bytes: 47_000_000, fds: 31, uptime_seconds: 600, restarts: 0, next_restart_at: null, last_exit: null, failure: null });
    expect(found["Main/worker"]).toMatchObject({ cpu: null, memory_bytes: 47_000_000, fds: null });
    expect(found["Main/frontend"]).toMatchObject({ cpu: null, memory_bytes: null, fds: null, uptime_seconds: null });
  });

  test("tells connections where they are counted, and the program beside the shell in front of it", async () => {
    const found = await units({ figures: figures({ "Main/backend": { ...used, connections: 7 } }) });
    expect(found["Main/backend"]).toMatchObject({ connections: 7, pid: 1012, shell_pid: 12 });
    expect(found["Main/frontend"]).toMatchObject({ connections: null, pid: 1013, shell_pid: 13 });
  });

  test("does not take figures of an earlier process for those of this one", async () => {
    const found = await units({ figures: figures({ "Main/backend": { ...used, pid: 99 } }) });
    expect(found["Main/backend"]).toMatchObject({ cpu: null, memory_bytes: null, uptime_seconds: null });
  });

  test("has columns for what there is to show, and without a daemon none", async () => {
    const shown = await text({ figures: figures({ "Main/backend": used, "Main/worker": { ...used, pid: 14, cpu: 1.5, memory_bytes: 2 ** 31 } }) }, "status", "--project", "Main");
    expect(shown).toBe(`PROJECT  UNIT      STATUS   FOR  CPU   MEM   PID   URL
Main     postgres  healthy  10m              1011  :5432
Main     backend   running  10m  12%   45M   1012  http://localhost:8000
Main     frontend  running  10m              1013  http://localhost:9000
Main     worker    running  10m  150%  2.0G  1014
`);
    expect(await text({}, "status")).not.toMatch(/CPU|MEM|RESTARTS/);
  });
});

test("a unit over its limit says so for as long as it is", async () => {
  const limited: EventBody = { type: "unit_planned", unitId: "Main/backend", because: "not running", isAutomatic: false, spec: { ...unitSpec("/", "Main", "backend"), limits: { memoryBytes: 40_000_000, fds: 30, cpuShare: 1, onLimit: "warn" } } };
  const events = [limited, ...others, ready("Main/worker", 14)];
  expect((await units({ events, figures: figures({ "Main/backend": used }) }))["Main/backend"]?.detail).toBe("it uses 44.8 MiB memory of 38.1 MiB, 31 file descriptors of 30");
  expect((await units({ events, figures: figures({ "Main/backend": { ...used, memory_bytes: 1, fds: null } }) }))["Main/backend"]?.detail).toBeNull();
});

describe("a unit in a crash loop", () => {
  const loop: ShopOptions = { events: [...others, ready("Main/worker", 14), crashed, restarting(new Date(nowMs + 4000).toISOString())], truths: {} };

  test("has its exit, its restarts, its next try and its last lines in the JSON", async () => {
    expect((await units(loop))["Main/worker"]).toMatchObject({
      status: "restarting", restarts: 1, next_restart_at: new Date(nowMs + 4000).toISOString(), last_exit: { kind: "code", code: 3 },
      failure: { reason: "process_exited", logTail: ["first", "boom"] },
      detail: "restart 2 in 4s; Main/worker ended by itself with exit code 3",
    });
  });

  test("keeps them while it runs again, and explains them", async () => {
    const again: ShopOptions = { events: [...others, ready("Main/worker", 13), crashed, restarting(startedAt), ready("Main/worker", 14)] };
    expect((await units(again))["Main/worker"]).toMatchObject({ status: "running", restarts: 1, next_restart_at: null, last_exit: { code: 3 }, failure: { logTail: ["first", "boom"] }, detail: null });
    const explained = await text(again, "explain", "Main/worker");
    expect(explained).toContain(`It was restarted once since it was started, last at ${startedAt}:\n    Main/worker ended by itself with exit code 3\n      | first\n      | boom\n`);
    expect(await text(again, "status")).toMatch(/RESTARTS[\s\S]*worker +running +10m +1 +1014/);
  });

  test("that is given up tells in one line why, and how it ended", async () => {
    const given: EventBody = { type: "unit_failed", unitId: "Main/worker", failure: { reason: "restart_limit", message: "Main/worker was restarted 5 times within 60 s and is given up", cause: crash } };
    const found = await units({ events: [...others, ready("Main/worker", 14), crashed, given], truths: {} });
    expect(found["Main/worker"]?.detail).toBe("Main/worker was restarted 5 times within 60 s and is given up: Main/worker ended by itself with exit code 3");
    expect(await text({ events: [...others, ready("Main/worker", 14), crashed, given], truths: {} }, "status")).toContain("\nMain/worker: was restarted 5 times within 60 s and is given up: ended by itself with exit code 3\n");
  });

  test("is shown on the dashboard with its figures", async () => {
    const shop = shopRun(onTestFinished, { ...loop, truths: { "Main/backend": { state: "alive", handle: handle(12), isSupervised: true, isListening: true } }, figures: figures({ "Main/backend": used }) });
    const report = JSON.parse((await shop.command("status", "--json")).stdout) as StatusReport;
    const text = screenText(worldOf([], { report }), undefined, 140, 40);
    expect(text).toMatch(/backend +● running +:8000 +12% +45M/);
    expect(text).toMatch(/worker +◐ restarting .*↻1/);
    expect(screenText(worldOf([], { report }), undefined, 105, 40)).toMatch(/worker .*↻1 +restart 2 in 4s; ended by itself wit/);
  });
  });
