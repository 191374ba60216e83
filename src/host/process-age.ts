/** How long a process has lived, from the start time its row holds. */
import { readFileSync } from "node:fs";
import type { Clock } from "./clock.ts";
import type { Machine } from "./machine.ts";
import type { ProcessRow } from "./process-row.ts";

/** Linux counts start times in hundredths of a second since boot (USER_HZ), whatever the kernel's own tick is. */
const ticksPerSecond = 100;

/** Milliseconds; undefined where the system does not tell. */
export function processAgeMs(machine: Pick<Machine, "platform">, row: ProcessRow, clock: Clock): number | undefined {
  const age = machine.platform === "linux" ? uptimeMs() - (Number(row.startTime) / ticksPerSecond) * 1000 : clock.now() - Date.parse(row.startTime);
  return Number.isFinite(age) ? Math.max(0, Math.round(age)) : undefined;
}

function uptimeMs(): number {
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
}
