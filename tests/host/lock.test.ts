import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { isLock, lockOwner, tryLock } from "../../src/host/lock.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "../../src/host/process-table.ts";
import type { Handle } from "../../src/model/unit.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { bundled } from "./bundle.ts";

/** `race N`: takes and gives back the lock N times, counting how often somebody else was inside too. `hold`: keeps it. */
const contender = `
import { openSync, closeSync, rmSync } from "node:fs";
import { isLock, tryLock } from "./src/host/lock.ts";
import { observeMachine } from "./src/host/machine.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "./src/host/process-table.ts";
const [path = "", task, times] = process.argv.slice(2);
const machine = observeMachine();
const table = processTableOf(machine);
const me = handleOfProcess(table, machine, process.pid);
if (me === undefined) throw new Error("no handle");
const take = () => { for (;;) { const lock = tryLock(path, me, (owner) => judgeHandle(table, machine, owner) !== "dead"); if (isLock(lock)) return lock; } };
if (task === "hold") { take(); console.log("held"); setInterval(() => undefined, 1000); }
else {
  let broken = 0;
  for (let count = 0; count < Number(times); count += 1) {
    const lock = take();
    try { closeSync(openSync(path + "-inside", "wx")); rmSync(path + "-inside"); } catch { broken += 1; }
    lock.release();
  }
  console.log(JSON.stringify({ broken }));
}`;

let program: string;
const machine = observeMachine();
const table = processTableOf(machine);
const isAlive = (owner: Handle): boolean => judgeHandle(table, machine, owner) !== "dead";
const me = handleOfProcess(table, machine, process.pid);

const directory = temporaryDirectory(afterAll, "lock-program");

beforeAll(async () => {
  program = await bundled(contender, directory, "contender");
});

function contend(path: string, ...args: readonly string[]): ChildProcess & { readonly line: Promise<string> } {
  const child = spawn(process.execPath, [program, path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return Object.assign(child, { line: once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line)) });
}

function mine(path: string): ReturnType<typeof tryLock> {
  if (me === undefined) throw new Error("this process has no handle");
  return tryLock(path, me, isAlive);
}

test("two processes that race two hundred times are never both inside", async () => {
  const path = join(temporaryDirectory(onTestFinished, "lock"), "the.lock");
  const lines = await Promise.all([contend(path, "race", "200").line, contend(path, "race", "200").line]);
  expect(lines).toEqual(['{"broken":0}', '{"broken":0}']);
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("a holder keeps others out, and one killed with SIGKILL does not", async () => {
  const path = join(temporaryDirectory(onTestFinished, "lock"), "the.lock");
  const holder = contend(path, "hold");
  await holder.line;
  expect(mine(path)).toMatchObject({ pid: holder.pid });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const lock = mine(path);
  expect(isLock(lock)).toBe(true);
  expect(lockOwner(path)).toEqual(me);
  if (isLock(lock)) lock.release();
  expect(lockOwner(path)).toBeUndefined();
});

test("files of processes killed before they could name them go when the lock is taken", () => {
  const directory = temporaryDirectory(onTestFinished, "lock");
  writeFileSync(join(directory, ".lock-1-abcdef01"), "{}");
  const lock = mine(join(directory, "the.lock"));
  expect(readdirSync(directory)).toEqual(["the.lock.1"]);
  if (isLock(lock)) lock.release();
});
