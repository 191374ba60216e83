/** Processes that carry this repository's mark but belong to no unit that is meant to run. */
import type { ProcessRow } from "../host/process-row.ts";
import { sendSignal } from "../host/signals.ts";
import { isUp } from "../model/lifecycle.ts";
import type { RunState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import { sweepContainers } from "./containers/leftovers.ts";
import type { Engine } from "./engine.ts";
import { markedProcesses } from "./ownership.ts";

const politeMs = 1000;
const killMs = 1000;

type Marked = ProcessRow & { readonly mark: string };

/**
 * Ends them, politely first, and returns those that were found. Only processes of runs this state root knows count;
 * `everything` spares no unit of the repository, whatever became of its run's files.
 */
export async function sweepStrays(engine: Engine, everything: boolean): Promise<readonly { readonly unitId: UnitId; readonly pid: number }[]> {
  await sweepContainers(engine, (unitId) => !everything && isMeantToRun(engine.store.state(), unitId));
  const found = await strays(engine, everything);
  if (found.length === 0) return [];
  for (const row of found) sendSignal(row.pid, "SIGTERM");
  if (!(await goneWithin(engine, found, politeMs))) {
    for (const row of await living(engine, found)) sendSignal(row.pid, "SIGKILL");
    await goneWithin(engine, found, killMs);
  }
  return found.map((row) => ({ unitId: unitOf(row.mark), pid: row.pid }));
}

async function strays(engine: Engine, everything: boolean): Promise<readonly Marked[]> {
  const rows = await engine.snapshots.rows();
  const marked = markedProcesses(engine.table, rows, `${engine.scopeId}/`);
  const state = engine.store.state();
  const runs = new Set(engine.repository.list());
  return marked.filter((row) => everything || (runs.has(runOf(row.mark)) && !isMeantToRun(state, unitOf(row.mark))));
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

async function living(engine: Engine, rows: readonly ProcessRow[]): Promise<readonly ProcessRow[]> {
  return rows.filter((row) => engine.table.row(row.pid)?.startTime === row.startTime);
}

async function goneWithin(engine: Engine, rows: readonly ProcessRow[], ms: number): Promise<boolean> {
  const { clock } = engine.host;
  const deadline = clock.monotonic() + ms;
  while ((await living(engine, rows)).length > 0) {
    if (clock.monotonic() > deadline) return false;
    await clock.sleep(10);
  }
  return true;
}
