/** What look-ups say while no daemon lives. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { StatusReport } from "../../src/contracts/reports.ts";
import type { EventBody } from "../../src/model/events.ts";
import type { Failure } from "../../src/model/failure.ts";
import { nowMs, ready, shopRun, startedAt, type ShopOptions } from "./shop-run.ts";

const line = "no daemon: nothing is supervised; `envctl daemon start`";
const because: Failure = { reason: "process_exited", message: "Main/worker ended by itself with exit code 3" };
const restarting = (dueAt: string, attempt = 1): EventBody => ({ type: "unit_restarting", unitId: "Main/worker", attempt, delayMs: 4000, dueAt, because, alongside: [] });
const waiting = (dueAt: string, attempt?: number): ShopOptions => ({ events: [ready("Main/worker", 14), restarting(dueAt, attempt)], truths: {} });

async function said(options: ShopOptions, ...argv: readonly string[]): Promise<string> {
  return (await shopRun(onTestFinished, options).command(...argv)).stdout;
}

async function status(options: ShopOptions): Promise<StatusReport> {
  return JSON.parse(await said(options, "status", "--json")) as StatusReport;
}

describe("while no daemon lives", () => {
  test.each(["status", "health", "dashboard"])("%s says that nobody supervises, and only then", async (command) => {
    expect(await said({ isSupervised: false }, command)).toContain(`${line}\n`);
    expect(await said({}, command)).not.toContain("no daemon");
    expect(JSON.parse(await said({ isSupervised: false }, command, "--json"))).toMatchObject({ supervised: false });
    expect(JSON.parse(await said({}, command, "--json"))).toMatchObject({ supervised: true });
  });

  test("nothing is said of it where everything was stopped", async () => {
    const events: readonly EventBody[] = ["postgres", "backend", "frontend", "worker"].map((name) => ({ type: "unit_stopped", unitId: `Main/${name}`, exit: { kind: "code", code: 0 }, killed: [] }));
    const stopped: ShopOptions = { isSupervised: false, truths: {}, events: [...events, { type: "unit_stopped", unitId: "feature/backend", exit: { kind: "code", code: 0 }, killed: [] }, { type: "run_stopped" }] };
    for (const command of ["status", "health"]) expect(await said(stopped, command)).not.toContain("no daemon");
  });

  test("a restart whose time has passed is overdue, and one to come needs a daemon", async () => {
    const detail = async (options: ShopOptions): Promise<string | null | undefined> => (await status(options)).projects[0]?.units.find((unit) => unit.name === "worker")?.detail;
    expect(await detail({ ...waiting(startedAt), isSupervised: false })).toBe(`restart 1 is overdue: no daemon; ${because.message}`);
    expect(await detail({ ...waiting(startedAt, 0), isSupervised: false })).toBe(`restart is overdue: no daemon; ${because.message}`);
    expect(await detail({ ...waiting(new Date(nowMs + 4000).toISOString()), isSupervised: false })).toBe(`restart 1 in 4s, if a daemon is started; ${because.message}`);
    expect(await detail(waiting(startedAt))).toBe(`restart 1 in 0 ms; ${because.message}`);
  });

  test("a unit that blocked its loop has failed, with what to do, before the next one records it", async () => {
    const options: ShopOptions = { isSupervised: false, truths: {}, loopNote: { at: startedAt, units: ["Main/worker", "gone/api"], blockedMs: 5100 } };
    const unit = (await status(options)).projects[0]?.units.find(({ name }) => name === "worker");
    expect(unit).toMatchObject({ status: "failed", failure: { reason: "loop_blocked", message: expect.stringMatching(/^Main\/worker blocked the daemon's loop for 5 s/) as string } });
    expect(await said(options, "errors")).toContain("services.worker.executor: thread");
  });
});
