/** The thread beside the daemon's loop: looks at its heartbeat, tells of pauses, ends the daemon when it is blocked. */
import { renameSync, writeFileSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { judgePulse, type Pulse } from "./loop-beat.ts";
import type { LoopNote } from "../../model/loop-note.ts";
import type { LoopLag, LoopWatchOrder } from "./loop-watch.ts";

const lookMs = 50;

const { beat, limits, notePath } = workerData as LoopWatchOrder;
const counter = new Int32Array(beat);
let units: readonly string[] = [];
let pulse: Pulse = { beat: 0, quietMs: 0 };
let lookedAt = performance.now();
parentPort?.on("message", (unitIds: readonly string[]) => (units = unitIds));
setInterval(look, lookMs);

function look(): void {
  const now = performance.now();
  // While the whole process, or the machine, stood still, so did this thread: that is nobody's fault.
  const elapsedMs = Math.min(now - lookedAt, lookMs * 2);
  lookedAt = now;
  const judged = judgePulse(pulse, Atomics.load(counter, 0), elapsedMs, limits);
  pulse = judged.pulse;
  const { verdict } = judged;
  if (verdict.kind === "lag") parentPort?.postMessage({ lagMs: Math.round(verdict.lagMs) } satisfies LoopLag, []);
  if (verdict.kind === "blocked") endDaemon(Math.round(verdict.quietMs));
}

/** Nothing in the daemon can run any more, so it cannot be asked. Other units outlive it. */
function endDaemon(blockedMs: number): void {
  const note: LoopNote = { at: new Date().toISOString(), units, blockedMs };
  try {
    writeFileSync(`${notePath}.tmp`, JSON.stringify(note), { mode: 0o600 });
    renameSync(`${notePath}.tmp`, notePath);
    writeSync(2, `envctl: ${units.join(", ")} blocked the daemon for ${blockedMs} ms, so it ends\n`);
  } catch {
    // Without the note the next daemon starts them again; it still must come.
  }
  process.kill(process.pid, "SIGKILL");
}
