/** Who listens where: one read of the kernel's socket tables for any number of questions. */
import { closeSync, openSync, readFileSync, readSync, readdirSync, readlinkSync } from "node:fs";
import { platform } from "node:os";

/** A listening socket; `inode` ties it to the processes that hold it on Linux, `pid` on macOS. */
export interface Listener {
  readonly port: number;
  readonly address: string;
  readonly inode?: string;
  readonly pid?: number;
}

const listenState = "0A";
const establishedState = "01";
const socketTables = ["/proc/net/tcp", "/proc/net/tcp6"] as const;

/** Every listening TCP socket of this network namespace. */
export function listeners(): readonly Listener[] {
  if (platform() !== "linux") return darwinListeners();
  return socketTables.flatMap((table) => rowsInState(table, listenState).map(listenerOf));
}

/**
 * The same, read only up to the first connection: Linux lists listeners before, and walking through its buckets of connections
 * takes milliseconds. What imitates Linux may keep another order, so what is missing here may be there all the same.
 * Source: Documentation/networking/proc_net_tcp.rst.
 */
export function firstListeners(): readonly Listener[] {
  if (platform() !== "linux") return darwinListeners();
  return socketTables.flatMap((table) => [...firstRows(table)].map(listenerOf));
}

/** Answers whether something listens on one of `ports`; the tables are read at the first question, and no further than it takes to find them all. */
export function listeningAmong(ports: readonly number[]): (port: number) => boolean {
  let found: ReadonlySet<number> | undefined;
  return (port) => (found ??= foundListening(ports)).has(port);
}

function foundListening(ports: readonly number[]): ReadonlySet<number> {
  if (platform() !== "linux") return new Set(darwinListeners().map((one) => one.port));
  const missing = new Set(ports);
  for (const table of socketTables) {
    for (const fields of missing.size > 0 ? firstRows(table) : []) {
      missing.delete(portOf(fields));
      if (missing.size === 0) break;
    }
  }
  if (missing.size > 0) for (const { port } of listeners()) missing.delete(port);
  return new Set(ports.filter((port) => !missing.has(port)));
}

/** What a row of /proc/net/tcp takes. */
const rowBytes = 150;

/** Rows of listeners up to the first of a connection, each read by itself: whoever asks for more than there are starts the walk. */
function* firstRows(table: string): Generator<readonly string[]> {
  const file = quietly(() => openSync(table, "r"));
  if (file === undefined) return;
  const row = Buffer.alloc(rowBytes);
  let rest = "";
  try {
    for (;;) {
      const count = readSync(file, row);
      const lines = (rest + row.toString("latin1", 0, count)).split("\n");
      rest = lines.pop() ?? "";
      for (const fields of lines.map(columns)) {
        if (fields[3] === listenState) yield fields;
        else if (fields[3] !== "st") return;
      }
      if (count === 0) return;
    }
  } finally {
    closeSync(file);
  }
}

function listenerOf(fields: readonly string[]): Listener {
  const [address = ""] = (fields[1] ?? "").split(":");
  return { port: portOf(fields), address: addressText(address), inode: fields[9] ?? "" };
}

/** Columns of the sockets in one state. */
function rowsInState(table: string, state: string): readonly (readonly string[])[] {
  const text = quietly(() => readFileSync(table, "latin1")) ?? "";
  // Lines in other states are left out before anything is taken apart.
  const lines = text.split("\n").filter((line) => line.includes(` ${state} `));
  return lines.map(columns).filter((fields) => fields[3] === state);
}

function columns(line: string): readonly string[] {
  return line.trim().split(/\s+/);
}

function portOf(fields: readonly string[]): number {
  return Number.parseInt(fields[1]?.split(":")[1] ?? "", 16);
}

/** Counts the established TCP connections of a set of processes; both ends count where it holds both. One reading for any number of questions. */
export function establishedConnections(): (pids: readonly number[]) => number {
  if (platform() !== "linux") {
    const lines = lsof(["-nP", "-iTCP", "-sTCP:ESTABLISHED", "-Fpf"]);
    const holders = lines.flatMap((line, at) => (line.startsWith("f") ? [Number(lines.slice(0, at).findLast((one) => one.startsWith("p"))?.slice(1))] : []));
    return (pids) => holders.filter((pid) => pids.includes(pid)).length;
  }
  const inodes = new Set(socketTables.flatMap((table) => rowsInState(table, establishedState).map((fields) => fields[9] ?? "")));
  return (pids) => new Set(pids.flatMap((pid) => [...socketInodes(pid)].filter((inode) => inodes.has(inode)))).size;
}

/** The tables print addresses as host-order 32-bit words. */
function addressText(hex: string): string {
  if (hex.length === 8) return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");
  if (/^0+$/.test(hex)) return "::";
  return hex === "00000000000000000000000001000000" ? "::1" : `ipv6:${hex}`;
}

/** Inodes of the sockets a process holds; empty where it may not be read. */
export function socketInodes(pid: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(quietly(() => readlinkSync(`/proc/${pid}/fd/${name}`)) ?? "")?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  } catch {
    return inodes;
  }
  return inodes;
}

/** True when `pid` holds `listener`. */
export function holds(pid: number, listener: Listener): boolean {
  return listener.pid === undefined ? socketInodes(pid).has(listener.inode ?? "") : listener.pid === pid;
}

/** Ports among `all` held by any of `pids`. */
export function portsHeldBy(pids: Iterable<number>, all: readonly Listener[]): readonly number[] {
  const held = [...pids].flatMap((pid) => {
    const inodes = socketInodes(pid);
    return all.filter((one) => (one.pid === undefined ? inodes.has(one.inode ?? "") : one.pid === pid));
  });
  return [...new Set(held.map((one) => one.port))];
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function darwinListeners(): readonly Listener[] {
  let pid = 0;
  return lsof(["-nP", "-iTCP", "-sTCP:LISTEN", "-Fpn"]).flatMap((line) => {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    const found = /^n(.*):(\d+)$/.exec(line);
    return found === null ? [] : [{ port: Number(found[2]), address: found[1] ?? "*", pid }];
  });
}

function lsof(args: readonly string[]): readonly string[] {
  try {
    return process.getBuiltinModule("node:child_process").execFileSync("/usr/sbin/lsof", args, { encoding: "utf8", timeout: 5000, stdio: ["ignore", "pipe", "ignore"] }).split("\n");
  } catch {
    return [];
  }
}
