/** What a blast ends and in which order: pure, over one reading of the process table and its marks. */
import type { ProcessRow } from "../host/process-row.ts";
import type { ProcessHandle, UnitId, UnitSpec } from "../model/unit.ts";

/** `ENVCTL_OWNER`, taken apart. */
export interface Mark {
  readonly scope: string;
  readonly project: string;
  readonly unitId: UnitId;
  readonly runId: string;
}

/** A unit the state still tells of, by the identity of its first process. */
export interface RecordedUnit {
  readonly scope: string;
  readonly unitId: UnitId;
  readonly handle: ProcessHandle;
}

export interface Victim {
  readonly row: ProcessRow;
  readonly scope: string;
  readonly unitId: UnitId;
}

/** One look at the machine. */
export interface Sight {
  readonly rows: readonly ProcessRow[];
  /** Readable marks by pid. */
  readonly marks: ReadonlyMap<number, string>;
  /** Of this boot and pid namespace only. */
  readonly recorded: readonly RecordedUnit[];
  /** Whether what carries this mark is to end. */
  readonly isMeant: (mark: Mark, pid: number) => boolean;
  /** The process that looks: it is never among the victims, though it may run inside a unit. */
  readonly self: number;
}

/** Undefined for anything that is not `<scope>/<project>/<unit>/<run>`. */
export function markFrom(text: string): Mark | undefined {
  const [scope, project, ...rest] = text.split("/");
  const runId = rest.at(-1);
  if (scope === undefined || project === undefined || runId === undefined || rest.length < 2) return undefined;
  return { scope, project, unitId: [project, ...rest.slice(0, -1)].join("/"), runId };
}

/**
 * The four proofs: a mark that is meant; the session or group of a process that carries one or that the state knows; descent
 * from any of these. A readable mark of somebody else outweighs the other three, for the process and for what descends from it.
 */
export function victims(sight: Sight): readonly Victim[] {
  const owners = new Map<number, Pick<Victim, "scope" | "unitId">>();
  const foreign = new Set<number>([sight.self]);
  for (const [pid, text] of sight.marks) {
    const mark = markFrom(text);
    if (mark !== undefined && pid !== sight.self && sight.isMeant(mark, pid)) owners.set(pid, { scope: mark.scope, unitId: mark.unitId });
    else foreign.add(pid);
  }
  const roots = rootsOf(sight, owners);
  for (const row of sight.rows) {
    const owner = owners.get(row.pid) ?? roots.get(row.pid) ?? roots.get(row.session) ?? roots.get(row.group);
    if (owner !== undefined && !foreign.has(row.pid)) owners.set(row.pid, owner);
  }
  for (let before = -1; before !== owners.size; ) {
    before = owners.size;
    for (const row of sight.rows) {
      const owner = owners.get(row.parent);
      if (owner !== undefined && !foreign.has(row.pid) && !owners.has(row.pid)) owners.set(row.pid, owner);
    }
  }
  return sight.rows.flatMap((row) => {
    const owner = owners.get(row.pid);
    return owner === undefined ? [] : [{ row, scope: owner.scope, unitId: owner.unitId }];
  });
}

/** Pids whose session and group are a unit's: those of its marked processes, and its recorded first process unless the number is somebody else's now. */
function rootsOf(sight: Sight, marked: ReadonlyMap<number, Pick<Victim, "scope" | "unitId">>): ReadonlyMap<number, Pick<Victim, "scope" | "unitId">> {
  const startTimes = new Map(sight.rows.map((row) => [row.pid, row.startTime]));
  const known = sight.recorded.filter(({ handle }) => (startTimes.get(handle.pid) ?? handle.startTime) === handle.startTime);
  return new Map([...known.map(({ scope, unitId, handle }) => [handle.pid, { scope, unitId }] as const), ...marked]);
}

/** Unit id → how many rounds of others end before it: dependents first. What depends on each other in a circle ends together. */
export function stopRounds(specs: readonly Pick<UnitSpec, "id" | "dependsOn">[]): ReadonlyMap<UnitId, number> {
  const rounds = new Map<UnitId, number>();
  let rest = specs;
  for (let round = 0; rest.length > 0; round += 1) {
    const free = rest.filter(({ id }) => !rest.some((other) => other.id !== id && other.dependsOn.includes(id)));
    const ending = free.length === 0 ? rest : free;
    for (const { id } of ending) rounds.set(id, round);
    rest = rest.filter((one) => !ending.includes(one));
  }
  return rounds;
}
