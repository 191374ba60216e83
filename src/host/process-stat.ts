/** What the kernel and ps(1) say about a process, taken apart. Pure. */
import type { ProcessRow } from "./process-row.ts";

/** The units the kernel counts in. */
export interface KernelUnits {
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
}

/** Nearly everywhere so; used where the kernel does not tell. */
export const usualUnits: KernelUnits = { ticksPerSecond: 100, pageBytes: 4096 };

/** Undefined for a zombie. Fields are counted behind the last `)`, since a command name may hold anything. See proc_pid_stat(5). */
export function rowOfStat(pid: number, stat: string, units: KernelUnits): ProcessRow | undefined {
  const nameEnd = stat.lastIndexOf(")");
  const fields = stat.slice(nameEnd + 2).split(" ", 22);
  const [state, parent, group, session] = fields;
  if (nameEnd < 0 || state === "Z" || state === "X" || fields.length < 22) return undefined;
  return {
    pid,
    name: stat.slice(stat.indexOf("(") + 1, nameEnd),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTime: fields[19] ?? "",
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / units.ticksPerSecond,
    residentBytes: Number(fields[21]) * units.pageBytes,
  };
}

const auxiliary = { pageBytes: 6n, ticksPerSecond: 17n } as const;

/** Reads /proc/self/auxv: pairs of 64-bit words, see getauxval(3). */
export function unitsOfAuxiliaryVector(vector: Buffer): KernelUnits {
  const values = new Map<bigint, number>();
  for (let at = 0; at + 16 <= vector.length; at += 16) values.set(vector.readBigUInt64LE(at), Number(vector.readBigUInt64LE(at + 8)));
  const known = (kind: bigint, usual: number): number => values.get(kind) || usual;
  return { ticksPerSecond: known(auxiliary.ticksPerSecond, usualUnits.ticksPerSecond), pageBytes: known(auxiliary.pageBytes, usualUnits.pageBytes) };
}

/** Columns pid, ppid, pgid, state, time, rss, lstart, ucomm of ps(1) on macOS; undefined for zombies and what is no process. */
export function rowOfPsLine(line: string): ProcessRow | undefined {
  const [pid, parent, group, state, time = "", kibibytes, ...rest] = line.trim().split(/\s+/);
  if (pid === undefined || state === undefined || state.startsWith("Z")) return undefined;
  const startTime = rest.slice(0, 5).join(" ");
  // `sess` is an address on macOS; the group leader stands in for the session, which is true for units.
  return { pid: Number(pid), name: rest.slice(5).join(" "), parent: Number(parent), group: Number(group), session: Number(group), startTime, cpuMs: psTimeMs(time), residentBytes: Number(kibibytes) * 1024 };
}

/** `[[days-]hours:]minutes:seconds[.hundredths]`. */
function psTimeMs(text: string): number {
  const [clock = "", days = "0"] = text.split("-").toReversed();
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}
