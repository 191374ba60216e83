/** Ends the processes of one unit: its own signal, the grace, SIGKILL, and whatever of it ran off into sessions of its own. */
import type { ProcessRow } from "../host/process-row.ts";
import { sendSignal } from "../host/signals.ts";
import type { Exit, ProcessHandle, UnitId } from "../model/unit.ts";
import type { EngineParts } from "./engine.ts";
import type { StopResult, StopTarget } from "./executors/executor.ts";
import { markedProcesses, ownProcesses, type KnownProcess } from "./ownership.ts";

export interface ProcessTarget extends StopTarget {
  readonly handle: ProcessHandle;
}

/** How long a killed process may take to disappear before it is reported as holding out. */
const killWaitMs = 2000;
/** The front shell survives these; any other signal is sent around it. */
const survived: readonly string[] = ["SIGTERM", "SIGINT", "SIGHUP"];

/** Asks, waits, kills; resolves when nothing of the unit is left, or rejects nothing: what holds out is in `killed`. */
export async function stopProcesses(engine: EngineParts, target: ProcessTarget): Promise<StopResult> {
  const family = await familyOf(engine, target, engine.descendants.of(target.handle));
  if (family.length > 0) ask(engine, target, family);
  const isGone = await waitUntilGone(engine, target, family, target.spec.stop.graceMs);
  return isGone ? { exit: await exitOf(target), killed: [] } : killProcesses(engine, target, family);
}

/** SIGKILL for everything of the unit, at once, and for what only its mark tells. */
export async function killProcesses(engine: EngineParts, target: ProcessTarget, recorded: readonly KnownProcess[] = engine.descendants.of(target.handle)): Promise<StopResult> {
  const killed = new Set<number>();
  const deadline = engine.host.clock.monotonic() + killWaitMs;
  for (;;) {
    // One reading for both questions: a second one would wait for its turn.
    const rows = await engine.snapshots.rows();
    const family = [...familyIn(engine, target, rows, recorded), ...markedIn(engine, target.spec.id, rows)];
    if (family.length === 0) break;
    if (engine.host.clock.monotonic() > deadline) break;
    for (const row of family) if (sendSignal(row.pid, "SIGKILL") && row.pid !== target.handle.pid) killed.add(row.pid);
  }
  engine.supervisor.sweep();
  const exit = await exitOf(target);
  // The front shell went the same way and could not tell.
  return { exit: exit.kind === "unknown" && killed.size > 0 ? { kind: "signal", signal: "SIGKILL" } : exit, killed: [...killed] };
}

/** SIGKILL for what a unit without a process of its own has started. Returns the pids. */
export async function killMarked(engine: EngineParts, unitId: UnitId): Promise<readonly number[]> {
  const marked = markedIn(engine, unitId, await engine.snapshots.rows());
  return marked.filter((row) => sendSignal(row.pid, "SIGKILL")).map((row) => row.pid);
}

/** The unit's own processes get its signal; those that left its group get SIGTERM at the same time. */
function ask(engine: EngineParts, target: ProcessTarget, family: readonly ProcessRow[]): void {
  const { handle, spec } = target;
  const { signal, to } = spec.stop;
  const inGroup = family.filter((row) => row.group === handle.pid);
  const strays = family.filter((row) => row.group !== handle.pid);
  if (to === "leader") for (const pid of leaders(engine, handle, family)) sendSignal(pid, signal);
  else if (survived.includes(signal) && family.some((row) => row.pid === handle.pid)) sendSignal(-handle.pid, signal);
  else for (const row of inGroup) if (row.pid !== handle.pid) sendSignal(row.pid, signal);
  // With `leader` the unit tells its own children, wherever they are; strays are only killed if they outlive it.
  if (to === "group") for (const row of strays) sendSignal(row.pid, "SIGTERM");
}

/** The unit's first process: the front shell's child, as long as the shell lives. */
function leaders(engine: EngineParts, handle: ProcessHandle, family: readonly ProcessRow[]): readonly number[] {
  const children = engine.table.children(handle.pid).filter((pid) => family.some((row) => row.pid === pid));
  return children.length > 0 ? children : family.filter((row) => row.pid !== handle.pid && row.group === handle.pid).map((row) => row.pid);
}

/** True when the first process ended and nothing of the family is left within the grace, or as long as anybody wants to wait. */
async function waitUntilGone(engine: EngineParts, target: ProcessTarget, family: readonly ProcessRow[], graceMs: number): Promise<boolean> {
  const { clock } = engine.host;
  const deadline = clock.monotonic() + graceMs;
  const ended = target.tracked?.ended ?? pollEnd(engine, target.handle, deadline);
  const timer = new AbortController();
  const first = await Promise.race([ended.then(() => true), clock.sleep(graceMs, AbortSignal.any([timer.signal, engine.impatience.signal])).then(() => false, () => false)]);
  timer.abort();
  if (!first) return false;
  while ((await familyOf(engine, target, family)).length > 0) if (clock.monotonic() > deadline || engine.impatience.signal.aborted) return false;
  return true;
}

async function pollEnd(engine: EngineParts, handle: ProcessHandle, deadline: number): Promise<void> {
  while (engine.judge(handle) === "alive" && engine.host.clock.monotonic() < deadline) await engine.host.clock.sleep(10);
}

/** What lives of the unit now. */
async function familyOf(engine: EngineParts, target: ProcessTarget, recorded: readonly KnownProcess[]): Promise<readonly ProcessRow[]> {
  return familyIn(engine, target, await engine.snapshots.rows(), recorded);
}

function familyIn(engine: EngineParts, target: ProcessTarget, rows: readonly ProcessRow[], recorded: readonly KnownProcess[]): readonly ProcessRow[] {
  return ownProcesses(engine.table, rows, { handle: target.handle, markPrefix: `${engine.scopeId}/${target.spec.id}/`, recorded });
}

/** Only of runs this state root knows: another one may serve the same repository. */
function markedIn(engine: EngineParts, unitId: UnitId, rows: readonly ProcessRow[]): readonly ProcessRow[] {
  const marked = markedProcesses(engine.table, rows, `${engine.scopeId}/${unitId}/`);
  const runs = marked.length === 0 ? [] : engine.repository.list();
  return marked.filter(({ mark }) => runs.some((runId) => mark.endsWith(`/${runId}`)));
}

async function exitOf(target: ProcessTarget): Promise<Exit> {
  if (target.tracked === undefined) return { kind: "unknown" };
  const settled = await Promise.race([target.tracked.ended, Promise.resolve(undefined)]);
  return settled ?? { kind: "signal", signal: "SIGKILL" };
}
