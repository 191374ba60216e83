/** Ends the processes of one unit: its own signal, the grace, SIGKILL, and whatever of it ran off into sessions of its own. */
import type { ProcessRow } from "../host/process-row.ts";
import { sendSignal } from "../host/signals.ts";
import type { Exit, ProcessHandle, UnitId } from "../model/unit.ts";
import type { Descendants } from "./descendants.ts";
import type { EngineParts } from "./engine.ts";
import type { StopResult, StopTarget } from "./executors/executor.ts";
import { endingOf, type Killed } from "./holdouts.ts";
import { markedProcesses, ownProcesses, type KnownProcess } from "./ownership.ts";
import type { Supervisor } from "./supervise.ts";

/** What of the engine an ending needs. */
export interface StopParts extends Pick<EngineParts, "host" | "table" | "snapshots" | "scopeId" | "judge" | "impatience"> {
  readonly supervisor: Pick<Supervisor, "sweep">;
  readonly repository: Pick<EngineParts["repository"], "list">;
  readonly descendants: Pick<Descendants, "of">;
}

export interface ProcessTarget extends Omit<StopTarget, "spec"> {
  readonly spec: Omit<StopTarget["spec"], "name">;
  readonly handle: ProcessHandle;
}

/** How long a killed process may take to disappear before it is reported as holding out. */
const killWaitMs = 2000;
/** The front shell survives these; any other signal is sent around it. */
const survived: readonly string[] = ["SIGTERM", "SIGINT", "SIGHUP"];

/** Asks, waits, kills; resolves when nothing of the unit is left, or nothing more can be done about what is. */
export async function stopProcesses(engine: StopParts, target: ProcessTarget): Promise<StopResult> {
  const family = await familyOf(engine, target, recordedOf(engine, target));
  if (family.length > 0) ask(engine, target, family);
  const isGone = await waitUntilGone(engine, target, family, target.spec.stop.graceMs);
  return isGone ? { exit: await exitOf(target), killed: [] } : killProcesses(engine, target, family);
}

/** SIGKILL for everything of the unit, at once, and for what only its mark tells. */
export async function killProcesses(engine: StopParts, target: ProcessTarget, recorded: readonly KnownProcess[] = recordedOf(engine, target)): Promise<StopResult> {
  const { spec, handle } = target;
  // One reading for both questions: a second one would wait for its turn.
  const { killed, left } = await killFound(engine, (rows) => [...familyIn(engine, target, rows, recorded), ...(target.isUrgent === true ? [] : markedIn(engine, spec.id, rows))]);
  engine.supervisor.sweep();
  const seen = await exitOf(target);
  const others = killed.filter((pid) => pid !== handle.pid);
  // The front shell went the same way and could not tell.
  const exit: Exit = seen.kind === "unknown" && others.length > 0 ? { kind: "signal", signal: "SIGKILL" } : seen;
  return endingOf(engine, target, exit, { killed: others, left });
}

/** SIGKILL for what a unit without a process of its own has started. */
export function killMarked(engine: StopParts, unitId: UnitId): Promise<Killed> {
  return killFound(engine, (rows) => markedIn(engine, unitId, rows));
}

/** Start times are kept in steps of ten milliseconds. */
const startStepMs = 20;

/** The same for what an ended process of a unit left, spared being the one that runs since: `endedAt` is monotonic. */
export function killMarkedBefore(engine: StopParts, unitId: UnitId, endedAt: number): Promise<Killed> {
  const isOlder = ({ startTime }: ProcessRow): boolean => engine.table.ageMs(startTime) > engine.host.clock.monotonic() - endedAt + startStepMs;
  return killFound(engine, (rows) => markedIn(engine, unitId, rows.filter(isOlder)));
}

/** SIGKILL for what is found, again and again until nothing is, or it lives on for too long. */
async function killFound(engine: StopParts, find: (rows: readonly ProcessRow[]) => readonly ProcessRow[]): Promise<Killed> {
  const pids = new Set<number>();
  const deadline = engine.host.clock.monotonic() + killWaitMs;
  for (;;) {
    const found = new Map(find(await engine.snapshots.rows()).map((row) => [row.pid, row]));
    if (found.size === 0 || engine.host.clock.monotonic() > deadline) return { killed: [...pids], left: [...found.values()] };
    for (const pid of found.keys()) if (sendSignal(pid, "SIGKILL")) pids.add(pid);
  }
}

/** Processes of the unit that only somebody's memory tells of. */
function recordedOf(engine: StopParts, { handle, recorded = [] }: ProcessTarget): readonly KnownProcess[] {
  return [...engine.descendants.of(handle), ...recorded];
}

/** The unit's own processes get its signal; those that left its group get SIGTERM at the same time. */
function ask(engine: StopParts, target: ProcessTarget, family: readonly ProcessRow[]): void {
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

/** The front shell survives what its group is told, so a unit told before its program was forked is told again. */
async function askOnceItRuns(engine: StopParts, target: ProcessTarget, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const family = await familyOf(engine, target, []);
    if (family.length === 0) return;
    if (family.some(({ pid }) => pid !== target.handle.pid)) return ask(engine, target, family);
    await engine.host.clock.sleep(10, over).catch(() => undefined);
  }
}

/** The unit's first process: the front shell's child, as long as the shell lives. */
function leaders(engine: StopParts, handle: ProcessHandle, family: readonly ProcessRow[]): readonly number[] {
  const children = engine.table.children(handle.pid).filter((pid) => family.some((row) => row.pid === pid));
  return children.length > 0 ? children : family.filter((row) => row.pid !== handle.pid && row.group === handle.pid).map((row) => row.pid);
}

/** True when the first process ended and nothing of the family is left within the grace, or as long as anybody wants to wait. */
async function waitUntilGone(engine: StopParts, target: ProcessTarget, family: readonly ProcessRow[], graceMs: number): Promise<boolean> {
  const { clock } = engine.host;
  const deadline = clock.monotonic() + graceMs;
  const ended = target.tracked?.ended ?? pollEnd(engine, target.handle, deadline);
  const timer = new AbortController();
  const over = AbortSignal.any([timer.signal, engine.impatience.signal]);
  if (family.length === 1 && family[0]?.pid === target.handle.pid) void askOnceItRuns(engine, target, over);
  const first = await Promise.race([ended.then(() => true), clock.sleep(graceMs, over).then(() => false, () => false)]);
  timer.abort();
  if (!first) return false;
  while ((await familyOf(engine, target, family)).length > 0) if (clock.monotonic() > deadline || engine.impatience.signal.aborted) return false;
  return true;
}

async function pollEnd(engine: StopParts, handle: ProcessHandle, deadline: number): Promise<void> {
  while (engine.judge(handle) === "alive" && engine.host.clock.monotonic() < deadline) await engine.host.clock.sleep(10);
}

/** What lives of the unit now. */
async function familyOf(engine: StopParts, target: ProcessTarget, recorded: readonly KnownProcess[]): Promise<readonly ProcessRow[]> {
  return familyIn(engine, target, await engine.snapshots.rows(), recorded);
}

function familyIn(engine: StopParts, target: ProcessTarget, rows: readonly ProcessRow[], recorded: readonly KnownProcess[]): readonly ProcessRow[] {
  return ownProcesses(engine.table, rows, { handle: target.handle, markPrefix: `${engine.scopeId}/${target.spec.id}/`, recorded });
}

/** Only of runs this state root knows: another one may serve the same repository. */
function markedIn(engine: StopParts, unitId: UnitId, rows: readonly ProcessRow[]): readonly ProcessRow[] {
  const marked = markedProcesses(engine.table, rows, `${engine.scopeId}/${unitId}/`);
  const runs = marked.length === 0 ? [] : engine.repository.list();
  return marked.filter(({ mark }) => runs.some((runId) => mark.endsWith(`/${runId}`)));
}

async function exitOf(target: ProcessTarget): Promise<Exit> {
  if (target.tracked === undefined) return { kind: "unknown" };
  const settled = await Promise.race([target.tracked.ended, Promise.resolve(undefined)]);
  return settled ?? { kind: "signal", signal: "SIGKILL" };
}
