/** Reads the kernel's process table: who lives, who descends from whom, who carries our mark. Signals nobody. */
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { uptime } from "node:os";
import type { Handle, ProcessHandle } from "../model/unit.ts";
import { darwinProcessTable } from "./process-table-darwin.ts";
import type { Machine } from "./machine.ts";
import { linuxReadings, pids, statText } from "./process-readings.ts";
import type { ProcessRow, ProcessTable } from "./process-row.ts";
import { rowOfStat, unitsOfAuxiliaryVector, usualUnits, type KernelUnits } from "./process-stat.ts";

/** The table of this platform. */
export function processTableOf(machine: Machine): ProcessTable {
  return machine.platform === "linux" ? linuxProcessTable : darwinProcessTable;
}

const linuxProcessTable: ProcessTable = {
  row: linuxRow,
  rows: () => pids().flatMap((pid) => linuxRow(pid) ?? []),
  readings: () => linuxReadings((pid, stat) => rowOfStat(pid, stat, kernelUnits())),
  mark: (pid) => linuxVariable(pid, "ENVCTL_OWNER"),
  marks: (rows) => new Map(rows.flatMap(({ pid }) => pairOf(pid, linuxVariable(pid, "ENVCTL_OWNER")))),
  variable: linuxVariable,
  userId: (pid) => quietly(() => statSync(`/proc/${pid}`).uid),
  children: linuxChildren,
  ageMs: (startTime) => Math.max(0, Math.round(uptime() * 1000 - (Number(startTime) * 1000) / kernelUnits().ticksPerSecond)),
  descriptors: linuxDescriptors,
  describe: (pid) => ({
    ...optional("command", quietly(() => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim())),
    ...optional("directory", quietly(() => readlinkSync(`/proc/${pid}/cwd`))),
  }),
};

function linuxRow(pid: number): ProcessRow | undefined {
  const stat = quietly(() => statLine(pid));
  return stat === undefined ? undefined : rowOfStat(pid, stat, kernelUnits());
}

function statLine(pid: number): string {
  const file = openSync(`/proc/${pid}/stat`, "r");
  try {
    return statText(file);
  } finally {
    closeSync(file);
  }
}

let knownUnits: KernelUnits | undefined;

function kernelUnits(): KernelUnits {
  knownUnits ??= quietly(() => unitsOfAuxiliaryVector(readFileSync("/proc/self/auxv"))) ?? usualUnits;
  return knownUnits;
}

/** Since Linux 6.2 the size of the directory is the count; before, it is 0 and the entries are counted. */
function linuxDescriptors(pid: number): number | undefined {
  const directory = `/proc/${pid}/fd`;
  return quietly(() => statSync(directory).size || readdirSync(directory).length);
}

function linuxVariable(pid: number, name: string): string | undefined {
  const environment = quietly(() => readFileSync(`/proc/${pid}/environ`));
  // Looked for in the bytes: nearly every process has none, and all of them are asked.
  const at = environment === undefined ? -1 : `\0${environment.toString("latin1")}`.indexOf(`\0${name}=`);
  if (environment === undefined || at < 0) return undefined;
  const begin = at + name.length + 1;
  const end = environment.indexOf(0, begin);
  return environment.toString("utf8", begin, end < 0 ? undefined : end);
}

function pairOf(pid: number, mark: string | undefined): readonly (readonly [number, string])[] {
  return mark === undefined ? [] : [[pid, mark]];
}

/** The kernel lists children only where it was built with CONFIG_PROC_CHILDREN; else the whole table is searched. */
function linuxChildren(pid: number): readonly number[] {
  const listed = quietly(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1"));
  if (listed === undefined) return linuxProcessTable.rows().filter((row) => row.parent === pid).map((row) => row.pid);
  return listed.trim().split(" ").filter((word) => word !== "").map(Number);
}

/** Identity of a living process. */
export function handleOfProcess(table: ProcessTable, machine: Machine, pid: number): ProcessHandle | undefined {
  const row = table.row(pid);
  return row === undefined ? undefined : { pid, startTime: row.startTime, bootId: machine.bootId, pidNamespace: machine.pidNamespace };
}

/** `alive`, `dead`, or `unknown` when the process belongs to another pid namespace of this boot. A container is its engine's to judge. */
export function judgeHandle(table: Pick<ProcessTable, "row">, machine: Machine, handle: Handle): "alive" | "dead" | "unknown" {
  // Whether somebody else's server works is asked of the server; there is no process to look at.
  if (handle.inside === "external") return "alive";
  if (handle.inside === "container") return "unknown";
  if (handle.bootId !== machine.bootId) return "dead";
  if (handle.pidNamespace !== machine.pidNamespace) return "unknown";
  return table.row(handle.pid)?.startTime === handle.startTime ? "alive" : "dead";
}

/** Judges any number of handles in one moment: where a reading costs a program, as on macOS, one for all of them. */
export function judgeTogether(table: ProcessTable, machine: Machine): (handle: Handle) => "alive" | "dead" | "unknown" {
  if (machine.platform === "linux") return (handle) => judgeHandle(table, machine, handle);
  let known: ReadonlyMap<number, ProcessRow> | undefined;
  const row = (pid: number): ProcessRow | undefined => (known ??= new Map(table.rows().map((one) => [one.pid, one]))).get(pid);
  return (handle) => judgeHandle({ row }, machine, handle);
}

/** `roots` and everything below them in one reading of the table. */
export function withDescendants(rows: readonly ProcessRow[], roots: ReadonlySet<number>): ReadonlySet<number> {
  const found = new Set(roots);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const row of rows) if (found.has(row.parent)) found.add(row.pid);
  }
  return found;
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } {
  return value === undefined || value === "" ? {} : ({ [key]: value } as { readonly [key in K]?: string });
}
