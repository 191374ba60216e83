/** Processes that carry this repository's mark but belong to no unit that is meant to run. */
import { killedRunner } from "../host/graph-leftovers.ts";
import type { ProcessRow } from "../host/process-row.ts";
import { sendSignal } from "../host/signals.ts";
import type { Failure } from "../model/failure.ts";
import { isWork, markedGraph } from "../model/job.ts";
import { isStuck, isUp } from "../model/lifecycle.ts";
import type { RunState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import { sweepContainers } from "./containers/leftovers.ts";
import type { Engine } from "./engine.ts";
import { holdoutsOf, stopFailure } from "./holdouts.ts";
import { markedProcesses } from "./ownership.ts";

const politeMs = 1000;
const killMs = 1000;

type Marked = ProcessRow & { readonly mark: string };

export interface Swept {
  readonly ended: readonly { readonly unitId: UnitId; readonly pid: number }[];
  /** By unit: what of it outlives SIGKILL. */
  readonly failures: readonly Failure[];
}

/**
 * Ends them, politely first, and returns those that were found. Only processes of runs this state root knows count;
 * `everything` spares no unit of the repository, whatever became of its run's files.
 */
export async function sweepStrays(engine: Engine, everything: boolean): Promise<Swept> {
  await sweepContainers(engine, (unitId) => !everything && isMeantToRun(engine.store.state(), unitId));
  const found = await strays(engine, everything);
  if (found.length === 0) return { ended: [], failures: [] };
  for (const row of found) sendSignal(row.pid, "SIGTERM");
  if (!(await goneWithin(engine, found, politeMs))) {
    for (const row of living(engine, found)) sendSignal(row.pid, "SIGKILL");
    await goneWithin(engine, found, killMs);
  }
  const left = living(engine, found);
  return {
    ended: found.filter((row) => !left.includes(row)).map((row) => ({ unitId: unitOf(row.mark), pid: row.pid })),
    failures: [...new Set(left.map((row) => unitOf(row.mark)))].map((unitId) => stopFailure(unitId, holdoutsOf(engine.table, left.filter((row) => unitOf(row.mark) === unitId)))),
  };
}

/** What carries the mark of a run this state root knows, with its unit: one reading of every environment. */
export async function markedRows(engine: Engine): Promise<readonly (ProcessRow & { readonly unitId: UnitId })[]> {
  const marked = markedProcesses(engine.table, await engine.snapshots.rows(), `${engine.scopeId}/`);
  const runs = new Set(engine.repository.list());
  return marked.filter((row) => runs.has(runOf(row.mark))).map((row) => ({ ...row, unitId: unitOf(row.mark) }));
}

async function strays(engine: Engine, everything: boolean): Promise<readonly Marked[]> {
  const rows = await engine.snapshots.rows();
  const marked = markedProcesses(engine.table, rows, `${engine.scopeId}/`);
  const state = engine.store.state();
  const runs = new Set(engine.repository.list());
  return marked.filter(({ mark }) => {
    // Work belongs to no run: it ends by itself, or when it is told to.
    if (isWork(unitOf(mark))) return isLeftByGraph(engine, mark);
    return !isKnownToHoldOut(state, unitOf(mark)) && (everything || (runs.has(runOf(mark)) && !isMeantToRun(state, unitOf(mark))));
  });
}

/** The command that would have ended it was killed. */
function isLeftByGraph({ table, host, scope, scopeId }: Engine, mark: string): boolean {
  const project = markedGraph(mark, scopeId);
  return project !== undefined && killedRunner({ table, machine: host.machine, graphs: scope.graphs }, project) !== undefined;
}

/** `<scope>/<project>/<unit>/<run>` → `<project>/<unit>`. */
function unitOf(mark: string): UnitId {
  return mark.split("/").slice(1, -1).join("/");
}

function runOf(mark: string): string {
  return mark.split("/").at(-1) ?? "";
}

function isMeantToRun(state: RunState | undefined, unitId: UnitId): boolean {
  const life = state?.units[unitId]?.life;
  return life !== undefined && (isUp(life) || life.status === "starting" || life.status === "preparing");
}

/** Its stop has just been tried and has failed: that is told already. */
function isKnownToHoldOut(state: RunState | undefined, unitId: UnitId): boolean {
  const life = state?.units[unitId]?.life;
  return life !== undefined && isStuck(life);
}

function living<T extends ProcessRow>(engine: Engine, rows: readonly T[]): readonly T[] {
  return rows.filter((row) => engine.table.row(row.pid)?.startTime === row.startTime);
}

async function goneWithin(engine: Engine, rows: readonly ProcessRow[], ms: number): Promise<boolean> {
  const { clock } = engine.host;
  const deadline = clock.monotonic() + ms;
  while (living(engine, rows).length > 0) {
    if (clock.monotonic() > deadline) return false;
    await clock.sleep(10);
  }
  return true;
}
