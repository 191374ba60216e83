/** Ends the Docker engine of a test run with everything it made: after the run, or at the start of a later one when the run was interrupted. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { readJson, writeAtomic } from "../../src/host/files.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { judgeHandle, processTableOf } from "../../src/host/process-table.ts";
import type { ProcessHandle } from "../../src/model/unit.ts";
import { removeControlGroup } from "./control-groups.ts";
import { sharedCache } from "./stage.ts";
import { testRoot } from "./test-root.ts";

/** What there is to end, and by whose death it is left over. */
export interface EngineRecord {
  readonly directory: string;
  /** When it is killed the kernel kills all of the engine's processes. */
  readonly process: ProcessHandle;
  /** The test runner. */
  readonly runner: ProcessHandle;
  /** Beginnings of the addresses its bridges have. */
  readonly networks: readonly string[];
  readonly controlGroup: string;
}

/** Where the engine of this run has everything. */
export const engineDirectory = join(testRoot, "docker");

const machine = observeMachine();
const table = processTableOf(machine);

/** Ends engines of runs that were interrupted. */
export function setup(): void {
  endInterrupted(recordDirectory());
}

/** Those in the records whose runner is gone. */
export function endInterrupted(directory: string): void {
  for (const { path, record } of recordsIn(directory)) {
    if (judgeHandle(table, machine, record.runner) !== "dead") continue;
    end(path, record);
    removeEmpty(dirname(record.directory));
  }
}

/** Ends the engine of this run; the directory is there even if no engine could start. */
export function teardown(): void {
  for (const { path, record } of recordsIn(recordDirectory())) if (record.runner.pid === process.pid) end(path, record);
  rmSync(engineDirectory, { recursive: true, force: true });
}

/** Written before anything waits for the engine, so that it is never left alone. */
export function writeRecord(name: string, record: EngineRecord, directory = recordDirectory()): void {
  mkdirSync(directory, { recursive: true });
  writeAtomic(join(directory, `${name}.json`), JSON.stringify(record));
}

/** Kills the engine, waits until its processes are gone, removes its bridges and control groups. Its directory stays. */
export function endEngine(record: EngineRecord): void {
  if (judgeHandle(table, machine, record.process) === "alive") killWithNamespace(record.process);
  for (const { name, addresses } of interfaces()) {
    if (addresses.some((address) => record.networks.some((network) => address.startsWith(network)))) execFileSync("ip", ["link", "delete", name]);
  }
  removeControlGroup(record.controlGroup);
}

function end(path: string, record: EngineRecord): void {
  endEngine(record);
  rmSync(record.directory, { recursive: true, force: true });
  rmSync(path);
}

interface Found {
  readonly path: string;
  readonly record: EngineRecord;
}

function recordsIn(directory: string): readonly Found[] {
  return namesIn(directory).filter((name) => name.endsWith(".json")).flatMap((name) => {
    const path = join(directory, name);
    const record = readJson(path) as EngineRecord | undefined;
    return record === undefined ? [] : [{ path, record }];
  });
}

/** Outside the root of one run: a later run must find it. */
function recordDirectory(): string {
  return join(sharedCache(), "docker", "engines");
}

/** The first process of a pid namespace takes all others with it; it is gone when they are. */
function killWithNamespace(handle: ProcessHandle): void {
  const children = table.children(handle.pid).map((pid) => table.row(pid)).filter((row) => row !== undefined);
  process.kill(handle.pid, "SIGKILL");
  const deadline = performance.now() + 20_000;
  while (children.some((row) => table.row(row.pid)?.startTime === row.startTime)) {
    if (performance.now() > deadline) throw new Error(`the processes of the test engine ${handle.pid} do not end`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

function interfaces(): readonly { readonly name: string; readonly addresses: readonly string[] }[] {
  const rows = JSON.parse(execFileSync("ip", ["-json", "address"], { encoding: "utf8" })) as readonly { readonly ifname: string; readonly addr_info: readonly { readonly local?: string }[] }[];
  return rows.map((row) => ({ name: row.ifname, addresses: row.addr_info.flatMap(({ local }) => local ?? []) }));
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Not empty: others left something, too.
  }
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
