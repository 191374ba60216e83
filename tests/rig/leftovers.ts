/** Before all tests the root of their temporary directories is made; after them nothing may be left in it or of it. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { processesOf } from "./processes.ts";
import { testRoot } from "./test-root.ts";

/** Servers run as another user when the tests run as root, and must be able to walk through. */
export function setup(): void {
  mkdirSync(testRoot, { recursive: true });
  chmodSync(testRoot, 0o711);
}

/** Fails the run when a process, a directory or a port lock of a test outlived it; ends and removes what it found. */
export function teardown(): void {
  // Called once per test project, each time after all tests: the first call does it all.
  if (!existsSync(testRoot)) return;
  const processes = processesOf(testRoot);
  for (const { pid } of processes) killIfAlive(pid);
  const left = [
    ...processes.map(({ pid, command }) => `process ${pid}: ${command.slice(0, 200)}`),
    ...readdirSync(testRoot).map((name) => `in ${testRoot}: ${name}`),
  ];
  rmSync(testRoot, { recursive: true, force: true });
  if (left.length === 0) return;
  // The runner reports an error thrown here, yet would end with 0.
  process.exitCode = 1;
  throw new Error(`the tests left behind:\n  ${left.join("\n  ")}`);
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
