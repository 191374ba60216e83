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
  let text: string;
  try {
    text = readFileSync(table, "latin1");
  } catch {
    return [];
  }
  // Most lines of a busy machine are connections: they are left out before anything is taken apart.
  const lines = text.split("\n").filter((line) => line.includes(` ${listenState} `));
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address = "", port = ""] = (fields[1] ?? "").split(":");
    return fields[3] === listenState ? [{ port: Number.parseInt(port, 16), address: addressText(address), inode: fields[9] ?? "" }] : [];
  });
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
  try {
    const text = process.getBuiltinModule("node:child_process").execFileSync("/usr/sbin/lsof", ["-nP", "-iTCP", "-sTCP:LISTEN", "-Fpn"], { encoding: "utf8", timeout: 5000, stdio: ["ignore", "pipe", "ignore"] });
    let pid = 0;
    return text.split("\n").flatMap((line) => {
      if (line.startsWith("p")) pid = Number(line.slice(1));
      const found = /^n(.*):(\d+)$/.exec(line);
      return found === null ? [] : [{ port: Number(found[2]), address: found[1] ?? "*", pid }];
    });
  } catch {
    return [];
  }
}
