/** Signals, sent only after identity was checked by the caller. */
import { constants } from "node:os";

/**
 * Sends a signal; false when there was nothing to send it to. A negative pid is a process group. Never to this process:
 * units inside the daemon carry its pid.
 */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  if (Math.abs(pid) === process.pid) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Number → name, as this platform counts. Of two names for one number the first listed is the usual one (SIGABRT, not SIGIOT). */
export const signalNames: Readonly<Record<number, string>> = Object.fromEntries(Object.entries(constants.signals).reverse().map(([name, number]) => [number, name]));
