/** The process table of Linux for somebody who reads it every few seconds: files stay open, and who was left out is not read. */
import { closeSync, openSync, readSync, readdirSync } from "node:fs";
import type { ProcessReadings, ProcessRow } from "./process-row.ts";

/** So many files at most; the rest are opened every time. */
const mostOpen = 512;
/** Who is left out is looked at again after so many readings: its number may be another's by then. */
const readingsLeftOut = 20;

/** `rowOf` takes the text of /proc/<pid>/stat apart. */
export function linuxReadings(rowOf: (pid: number, stat: string) => ProcessRow | undefined): ProcessReadings {
  const files = new Map<number, number>();
  const leftOut = new Map<number, number>();
  const forget = (pid: number): void => {
    const file = files.get(pid);
    if (file !== undefined) closeSync(file);
    files.delete(pid);
  };
  const stat = (pid: number): string | undefined => {
    const file = files.get(pid) ?? quietly(() => openSync(`/proc/${pid}/stat`, "r"));
    if (file === undefined) return undefined;
    files.set(pid, file);
    // An open file is of one process: reading fails when that has ended, whoever has its number then.
    const text = quietly(() => statText(file));
    if (text === undefined || files.size > mostOpen) forget(pid);
    return text;
  };
  const row = (pid: number): ProcessRow | undefined => {
    const text = stat(pid) ?? stat(pid);
    return text === undefined ? undefined : rowOf(pid, text);
  };
  return {
    row,
    rows: () => {
      const living = new Set(pids());
      for (const pid of files.keys()) if (!living.has(pid)) forget(pid);
      for (const [pid, readings] of leftOut) {
        if (readings === 0 || !living.has(pid)) leftOut.delete(pid);
        else leftOut.set(pid, readings - 1);
      }
      return [...living].flatMap((pid) => (leftOut.has(pid) ? [] : (row(pid) ?? [])));
    },
    leaveOut: (all) => {
      for (const pid of all) {
        leftOut.set(pid, readingsLeftOut);
        forget(pid);
      }
    },
    leaveOutNobody: () => leftOut.clear(),
    close: () => {
      for (const pid of files.keys()) forget(pid);
    },
  };
}

/** Numbers of all living processes, zombies among them. */
export function pids(): readonly number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Longer than any line of /proc/<pid>/stat. */
const statBuffer = Buffer.alloc(2048);

/** Read into one buffer: a third of the time of readFileSync, which shows with hundreds of processes a second. */
export function statText(file: number): string {
  return statBuffer.toString("latin1", 0, readSync(file, statBuffer, 0, statBuffer.length, 0));
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
