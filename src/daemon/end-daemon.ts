/** Ends a daemon that does not answer any more, by the identity in its lock. Units go on running. */
import type { Clock } from "../host/clock.ts";
import { lockOwner } from "../host/lock.ts";
import { sendSignal } from "../host/signals.ts";
import type { ProcessHandle } from "../model/unit.ts";

const defaultPoliteMs = 2000;
const killMs = 2000;
const lookMs = 20;

/** The pid that was ended; undefined when no daemon lives. */
export async function endDaemon(lockPath: string, judge: (handle: ProcessHandle) => "alive" | "dead" | "unknown", clock: Clock, politeMs = defaultPoliteMs): Promise<number | undefined> {
  const owner = lockOwner(lockPath);
  return owner === undefined ? undefined : endDaemonProcess(owner, judge, clock, politeMs);
}

/** The same for one whose identity is known from elsewhere. */
export async function endDaemonProcess(owner: ProcessHandle, judge: (handle: ProcessHandle) => "alive" | "dead" | "unknown", clock: Clock, politeMs: number): Promise<number | undefined> {
  if (judge(owner) !== "alive") return undefined;
  for (const [signal, waitMs] of [["SIGTERM", politeMs], ["SIGKILL", killMs]] as const) {
    sendSignal(owner.pid, signal);
    const deadline = clock.monotonic() + waitMs;
    while (judge(owner) === "alive" && clock.monotonic() < deadline) await clock.sleep(lookMs);
    if (judge(owner) !== "alive") return owner.pid;
  }
  return undefined;
}
