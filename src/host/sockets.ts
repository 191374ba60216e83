/** Who listens where: one read of the kernel's socket tables for any number of questions. */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
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
  return socketTables.flatMap((table) => linuxListeners(table));
}

/** Answers for any number of ports whether something listens there, reading each table once and only when it is needed. */
export function listeningPorts(): (port: number) => boolean {
  if (platform() !== "linux") {
    const all = new Set(darwinListeners().map((one) => one.port));
    return (port) => all.has(port);
  }
  const read = new Map<string, ReadonlySet<number>>();
  const portsIn = (table: string): ReadonlySet<number> => {
    const known = read.get(table) ?? new Set(linuxListeners(table).map((one) => one.port));
    read.set(table, known);
    return known;
  };
  return (port) => socketTables.some((table) => portsIn(table).has(port));
}

function linuxListeners(table: string): readonly Listener[] {
  return rowsInState(table, listenState).map((fields) => {
    const [address = "", port = ""] = (fields[1] ?? "").split(":");
    return { port: Number.parseInt(port, 16), address: addressText(address), inode: fields[9] ?? "" };
  });
}

/** Columns of the sockets in one state. */
function rowsInState(table: string, state: string): readonly (readonly string[])[] {
  let text: string;
  try {
    text = readFileSync(table, "latin1");
  } catch {
    return [];
  }
  // Lines in other states are left out before anything is taken apart.
  const lines = text.split("\n").filter((line) => line.includes(` ${state} `));
  return lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === state);
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
      const inode = /^socket:\[(\d+)\]$/.exec(quietLink(`/proc/${pid}/fd/${name}`))?.[1];
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

function quietLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
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
