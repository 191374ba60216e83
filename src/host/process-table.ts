/** Reads the kernel's process table: who lives, who descends from whom, who carries our mark. Signals nobody. */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import type { Handle, ProcessHandle } from "../model/unit.ts";
import { darwinProcessTable } from "./process-table-darwin.ts";
import type { Machine } from "./machine.ts";
import type { ProcessRow, ProcessTable } from "./process-row.ts";

/** The table of this platform. */
export function processTableOf(machine: Machine): ProcessTable {
  return machine.platform === "linux" ? linuxProcessTable : darwinProcessTable;
}

const linuxProcessTable: ProcessTable = {
  row: linuxRow,
  rows: () => pids().flatMap((pid) => linuxRow(pid) ?? []),
  mark: linuxMark,
  children: linuxChildren,
  describe: (pid) => ({
    ...optional("command", quietly(() => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim())),
    ...optional("directory", quietly(() => readlinkSync(`/proc/${pid}/cwd`))),
  }),
};

/** Fields are counted behind the last `)`, since a command name may hold anything. See proc_pid_stat(5). */
function linuxRow(pid: number): ProcessRow | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  if (state === "Z" || state === "X" || state === undefined) return undefined;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startTime: fields[19] ?? "" };
}

function pids(): readonly number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

function linuxMark(pid: number): string | undefined {
  const environment = quietly(() => readFileSync(`/proc/${pid}/environ`, "utf8"));
  return environment?.split("\0").find((entry) => entry.startsWith("ENVCTL_OWNER="))?.slice("ENVCTL_OWNER=".length);
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

/** `alive`, `dead`, or `unknown` when the process belongs to another pid namespace of this boot. */
export function judgeHandle(table: ProcessTable, machine: Machine, handle: Handle): "alive" | "dead" | "unknown" {
  if (handle.bootId !== machine.bootId) return "dead";
  if (handle.pidNamespace !== machine.pidNamespace) return "unknown";
  return table.row(handle.pid)?.startTime === handle.startTime ? "alive" : "dead";
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
