/** Ends what carries a mark of ours, wherever it has gone: into a session of its own, say. */
import type { Clock } from "./clock.ts";
import type { ProcessTable } from "./process-row.ts";
import { sendSignal } from "./signals.ts";

/** SIGKILL for every process with such a mark, again and again until none is found. */
export async function endMarked(isMeant: (mark: string) => boolean, table: ProcessTable, clock: Clock): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const pids = [...table.marks(table.rows())].filter(([pid, mark]) => isMeant(mark) && pid !== process.pid).map(([pid]) => pid);
    if (pids.length === 0) return;
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    await clock.sleep(20);
  }
}
