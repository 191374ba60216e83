/** What lives on though it was asked to end and killed: named, so that somebody else can end it. */
import type { ProcessRow, ProcessTable } from "../host/process-row.ts";
import { listeners, portsHeldBy } from "../host/sockets.ts";
import type { Failure } from "../model/failure.ts";
import type { Handle, UnitId, UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import type { StopResult } from "./stop-unit.ts";

export interface Holdout {
  readonly pid: number;
  readonly command: string;
  readonly ports: readonly number[];
}

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

/** Records how a stop ended; the failure when something holds out. Its handle is kept: of the first process while that lives, else of what does. */
export function recordEnd(engine: Engine, spec: Pick<UnitSpec, "id" | "ports">, handle: Handle, result: StopResult): Failure | undefined {
  const { exit, killed, left } = result;
  const [first] = left;
  if (first === undefined) {
    engine.store.dispatch({ type: "unit_stopped", unitId: spec.id, exit, killed });
    return undefined;
  }
  return recordHoldout(engine, spec, handle, left);
}

/** For a unit that was not asked to end by anybody, too. */
export function recordHoldout(engine: Pick<Engine, "store" | "table" | "judge">, spec: Pick<UnitSpec, "id" | "ports">, handle: Handle, left: readonly ProcessRow[]): Failure {
  const failure = stopFailure(spec.id, holdoutsOf(engine.table, left, spec.ports.map(({ port }) => port)));
  engine.store.dispatch({ type: "unit_failed", unitId: spec.id, failure, handle: keptHandle(engine, handle, left) });
  return failure;
}

function keptHandle(engine: Pick<Engine, "judge">, handle: Handle, left: readonly ProcessRow[]): Handle {
  const [first] = left;
  return first === undefined || engine.judge(handle) === "alive" ? handle : { ...handle, pid: first.pid, startTime: first.startTime };
}

const shownCharacters = 80;

function shortened(command: string): string {
  const line = command.replace(/\s+/g, " ");
  return line.length <= shownCharacters ? line : `${line.slice(0, shownCharacters - 1)}…`;
}
