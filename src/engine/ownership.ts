/**
 * Which processes are a unit's own. Four proofs: its session, its process group, descent from its first process (also
 * when recorded earlier), and the readable mark. A process whose readable mark names somebody else is never ours.
 */
import { daemonName, type ProcessRow, type ProcessTable } from "../host/process-row.ts";
import { withDescendants } from "../host/process-table.ts";
import type { ProcessHandle, UnitId } from "../model/unit.ts";

/** A process noted earlier: both must agree for it to be the same one still. */
export type KnownProcess = Pick<ProcessRow, "pid" | "startTime">;

export interface OwnershipQuestion {
  readonly handle: ProcessHandle;
  /** `<scope>/<project>/<unit>/`: the mark without the run. */
  readonly markPrefix: string;
  /** Processes noted as descendants before; compared by start time. */
  readonly recorded?: readonly KnownProcess[];
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

export interface FamilyQuestion {
  readonly unitId: UnitId;
  readonly handle: ProcessHandle;
  readonly recorded: readonly KnownProcess[];
}

/**
 * The processes of many units from one reading of the table, by all proofs but the mark: environments are too dear to be
 * read at every sample. A daemon started by a unit, and what descends from it, belongs to that daemon's repository.
 */
export function familiesOf(rows: readonly ProcessRow[], questions: readonly FamilyQuestion[]): ReadonlyMap<UnitId, readonly ProcessRow[]> {
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const isOther = (one: KnownProcess): boolean => (byPid.get(one.pid)?.startTime ?? one.startTime) !== one.startTime;
  const leaders = new Map(questions.filter(({ handle }) => !isOther(handle)).map(({ handle, unitId }) => [handle.pid, unitId]));
  const noted = new Map(questions.flatMap(({ recorded, unitId }) => recorded.filter((one) => !isOther(one)).map((one) => [one.pid, unitId] as const)));
  const owners = new Map<number, UnitId | undefined>();
  const ownerOf = (row: ProcessRow): UnitId | undefined => {
    if (owners.has(row.pid)) return owners.get(row.pid);
    // Rows are read one after another, so that parents may seem to form a circle.
    owners.set(row.pid, undefined);
    const parent = byPid.get(row.parent);
    const owner = row.name === daemonName ? undefined : (leaders.get(row.pid) ?? leaders.get(row.session) ?? leaders.get(row.group) ?? noted.get(row.pid) ?? (parent === undefined ? undefined : ownerOf(parent)));
    owners.set(row.pid, owner);
    return owner;
  };
  const families = new Map<UnitId, ProcessRow[]>(questions.map(({ unitId }) => [unitId, []]));
  for (const row of rows) families.get(ownerOf(row) ?? "")?.push(row);
  return families;
}

/**
 * Processes that carry the unit's mark, wherever they went; never this one, whatever started it. Reads every readable
 * environment, so it is asked rarely.
 */
export function markedProcesses(table: ProcessTable, rows: readonly ProcessRow[], prefix: string): readonly (ProcessRow & { readonly mark: string })[] {
  const marks = table.marks(rows);
  return rows.flatMap((row) => {
    const mark = row.pid === process.pid ? undefined : marks.get(row.pid);
    return mark?.startsWith(prefix) === true ? [{ ...row, mark }] : [];
  });
}

function isMarkedForOther(table: ProcessTable, pid: number, markPrefix: string): boolean {
  const mark = table.mark(pid);
  return mark !== undefined && !mark.startsWith(markPrefix);
}
