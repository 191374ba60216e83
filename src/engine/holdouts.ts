/** What lives on though it was asked to end and killed: named, so that somebody else can end it. */
import type { Machine } from "../host/machine.ts";
import type { ProcessRow, ProcessTable } from "../host/process-row.ts";
import { listeners, portsHeldBy } from "../host/sockets.ts";
import type { Failure } from "../model/failure.ts";
import type { Exit, Handle, UnitId, UnitSpec } from "../model/unit.ts";
import type { EngineParts } from "./engine.ts";
import type { StopResult, Stuck } from "./executors/executor.ts";
import type { KnownProcess } from "./ownership.ts";

export interface Holdout {
  readonly pid: number;
  readonly command: string;
  readonly ports: readonly number[];
}

/** How often is looked whether what holds out has gone: nobody tells. */
const lookMs = 1000;

/** `ports` are the unit's own: somebody listens there, and where its descriptors cannot be read it is this process. */
export function holdoutsOf(table: ProcessTable, rows: readonly ProcessRow[], ports: readonly number[] = []): readonly Holdout[] {
  if (rows.length === 0) return [];
  const all = listeners();
  const seen = rows.map((row) => ({ pid: row.pid, command: table.describe(row.pid).command ?? "", ports: portsHeldBy([row.pid], all) }));
  const [first, ...others] = seen;
  if (first === undefined || seen.some((one) => one.ports.length > 0)) return seen;
  return [{ ...first, ports: ports.filter((port) => all.some((one) => one.port === port)) }, ...others];
}

/** `Main/api could not be ended: pid 123 (node server.js) lives on and listens on port 8000`. */
export function stopFailure(unitId: UnitId, holdouts: readonly Holdout[]): Failure {
  const who = holdouts.map(({ pid, command, ports }) => `pid ${pid}${command === "" ? "" : ` (${shortened(command)})`} lives on${ports.length === 0 ? "" : ` and listens on port ${ports.join(", ")}`}`);
  return {
    reason: "stop_failed",
    message: `${unitId} could not be ended: ${who.join("; ")}`,
    hint: "end it as the user it belongs to (see `ps -o user,stat,command -p PID`), then stop again; until then its ports stay reserved",
  };
}

export type HoldoutRecord = Pick<Stuck, "failure" | "handle">;

export interface HoldoutParts {
  readonly host: { readonly machine: Pick<Machine, "bootId" | "pidNamespace"> };
  readonly table: ProcessTable;
  readonly judge: EngineParts["judge"];
}

/** What is recorded of a unit of which these live on; undefined when nothing does. The handle is that of its first process while this lives, else of what does. */
export function holdoutRecord({ host, table, judge }: HoldoutParts, spec: Pick<UnitSpec, "id" | "ports">, handle: Handle | undefined, left: readonly ProcessRow[]): HoldoutRecord | undefined {
  const [first] = left;
  if (first === undefined) return undefined;
  const { bootId, pidNamespace } = host.machine;
  const isLeading = handle !== undefined && judge(handle) === "alive";
  return {
    failure: stopFailure(spec.id, holdoutsOf(table, left, spec.ports.map(({ port }) => port))),
    handle: isLeading ? handle : { pid: first.pid, startTime: first.startTime, bootId, pidNamespace },
  };
}

/** How an ending went after which these live on, or nothing does. */
export function endingOf(engine: HoldoutParts & Pick<EngineParts, "host">, { spec, handle }: EndedTarget, exit: Exit, { killed, left }: Killed): StopResult {
  const record = holdoutRecord(engine, spec, handle, left);
  return { exit, killed, ...(record === undefined ? {} : { stuck: { ...record, gone: untilGone(engine, left).then(() => exit) } }) };
}

export interface EndedTarget {
  readonly spec: Pick<UnitSpec, "id" | "ports">;
  /** Absent for one that had no process of its own. */
  readonly handle?: Handle;
}

export interface Killed {
  /** Pids that needed SIGKILL. */
  readonly killed: readonly number[];
  /** What lives all the same. */
  readonly left: readonly ProcessRow[];
}

/** Resolves when none of them lives any more, whoever ended them. */
export async function untilGone({ host, table }: Pick<EngineParts, "host" | "table">, left: readonly KnownProcess[]): Promise<void> {
  while (left.some(({ pid, startTime }) => table.row(pid)?.startTime === startTime)) await host.clock.sleep(lookMs);
}

const shownCharacters = 80;

function shortened(command: string): string {
  const line = command.replace(/\s+/g, " ");
  return line.length <= shownCharacters ? line : `${line.slice(0, shownCharacters - 1)}…`;
}
