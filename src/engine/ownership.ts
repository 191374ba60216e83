/**
 * Which processes are a unit's own. Four proofs: its session, its process group, descent from its first process (also
 * when recorded earlier), and the readable mark. A process whose readable mark names somebody else is never ours.
 */
import type { ProcessRow, ProcessTable } from "../host/process-row.ts";
import { withDescendants } from "../host/process-table.ts";
import type { ProcessHandle } from "../model/unit.ts";

export interface OwnershipQuestion {
  readonly handle: ProcessHandle;
  /** `<scope>/<project>/<unit>/`: the mark without the run. */
  readonly markPrefix: string;
  /** Processes noted as descendants before; compared by start time. */
  readonly recorded?: readonly ProcessRow[];
}

/** Every living process of the unit, its front shell included. `rows` is one fresh reading of the table. */
export function ownProcesses(table: ProcessTable, rows: readonly ProcessRow[], question: OwnershipQuestion): readonly ProcessRow[] {
  const { handle, markPrefix, recorded = [] } = question;
  const leader = rows.find((row) => row.pid === handle.pid);
  // A number in use by somebody else now proves nothing about sessions and groups.
  const isReused = leader !== undefined && leader.startTime !== handle.startTime;
  const roots = new Set<number>();
  for (const row of rows) {
    // Its first process has neither group nor session of its own in its first instants.
    const isMember = !isReused && (row === leader || row.session === handle.pid || row.group === handle.pid);
    if (isMember || recorded.some((one) => one.pid === row.pid && one.startTime === row.startTime)) roots.add(row.pid);
  }
  const family = withDescendants(rows, roots);
  return rows.filter((row) => family.has(row.pid) && !isMarkedForOther(table, row.pid, markPrefix));
}

/**
 * Processes that carry the unit's mark, wherever they went; never this one, whatever started it. Reads every readable
 * environment, so it is asked rarely.
 */
export function markedProcesses(table: ProcessTable, rows: readonly ProcessRow[], prefix: string): readonly (ProcessRow & { readonly mark: string })[] {
  return rows.flatMap((row) => {
    const mark = row.pid === process.pid ? undefined : table.mark(row.pid);
    return mark?.startsWith(prefix) === true ? [{ ...row, mark }] : [];
  });
}

function isMarkedForOther(table: ProcessTable, pid: number, markPrefix: string): boolean {
  const mark = table.mark(pid);
  return mark !== undefined && !mark.startsWith(markPrefix);
}
