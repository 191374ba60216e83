import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { observeMachine } from "../../src/host/machine.ts";
import { processTableOf } from "../../src/host/process-table.ts";

/** A program that waits, its number, and its end. */
async function sleeper(): Promise<{ readonly pid: number; readonly end: () => Promise<unknown> }> {
  const child = spawn("sleep", ["60"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const ended = once(child, "exit");
  return { pid: child.pid ?? 0, end: () => (child.kill("SIGKILL"), ended) };
}

describe("the process table, read again and again,", () => {
  const table = processTableOf(observeMachine());

  test("has every process as long as it lives, as a single reading has", async () => {
    const readings = table.readings();
    onTestFinished(readings.close);
    readings.rows();
    const { pid, end } = await sleeper();
    const rowOf = (): unknown => readings.rows().find((row) => row.pid === pid);
    expect(rowOf()).toMatchObject({ pid, parent: process.pid, startTime: table.row(pid)?.startTime });
    expect(readings.row(pid)).toMatchObject({ pid, startTime: table.row(pid)?.startTime });
    await end();
    expect([rowOf(), readings.row(pid)]).toEqual([undefined, undefined]);
    expect(readings.rows().map((row) => row.pid)).toContain(process.pid);
  });

  test.skipIf(process.platform !== "linux")("leaves out who is to be left out, for some readings or until nobody is", async () => {
    const readings = table.readings();
    onTestFinished(readings.close);
    const { pid } = await sleeper();
    const has = (): boolean => readings.rows().some((row) => row.pid === pid);
    expect(has()).toBe(true);
    readings.leaveOut([pid]);
    expect([has(), has(), has()]).toEqual([false, false, false]);
    expect(Array.from({ length: 50 }, has)).toContain(true);
    readings.leaveOut([pid]);
    expect(has()).toBe(false);
    readings.leaveOutNobody();
    expect(has()).toBe(true);
  });
});
