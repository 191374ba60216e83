/** The latest run as a look-up sees it: what was recorded, with the truth beside it. */
import { UserError, type Failure } from "../model/failure.ts";
import type { UnitTruth } from "../model/facts.ts";
import type { Figures, UnitFigures } from "../model/figures.ts";
import { handleOf } from "../model/lifecycle.ts";
import { excessesIn, excessText, measuredIn } from "../model/limits.ts";
import { reduce, type RunState, type UnitState } from "../model/run-state.ts";
import { loopFailures, type LoopNote } from "../model/loop-note.ts";
import { mainPort, type UnitId } from "../model/unit.ts";
import type { UnitRow } from "../contracts/unit-row.ts";
import type { EngineRuntime } from "../runtime.ts";
import { ageMs, duration } from "../ui/age.ts";
import { statusWord, type StatusWord } from "../ui/status-word.ts";
import { noRun } from "../ui/words.ts";

export type LookUpRuntime = Pick<EngineRuntime, "repository" | "observeUnits" | "programPid" | "isSupervised" | "loopNote" | "figures" | "host" | "checkout" | "scope">;

export interface RunView {
  readonly state: RunState;
  /** What was damaged on disk and how it was made good. */
  readonly problems: readonly string[];
  readonly truths: Readonly<Record<UnitId, UnitTruth>>;
  /** What units use, where that is known. */
  readonly figures: Figures | undefined;
  /** Project the caller stands in, when it takes part in the run. */
  readonly cwdProject: string | undefined;
  /** False when no daemon lives: nobody restarts, probes or measures. */
  readonly isSupervised: boolean;
  readonly nowMs: number;
}

/** Undefined when nothing was ever started. Whoever follows a run has its state already, and hands it in. */
export function runView(runtime: LookUpRuntime, loaded = runtime.repository.latest()): RunView | undefined {
  if (loaded === undefined) return undefined;
  const { problems } = loaded;
  const state = withLoopNote(loaded.state, runtime.loopNote());
  const cwdProject = Object.values(state.projects).find((project) => project.root === runtime.checkout.projectRoot)?.name;
  return { state, problems, truths: runtime.observeUnits(state), figures: runtime.figures(), cwdProject, isSupervised: runtime.isSupervised(), nowMs: runtime.host.clock.now() };
}

/** What the next daemon will record, as soon as there is one. */
function withLoopNote(state: RunState, note: LoopNote | undefined): RunState {
  if (note === undefined || state.stoppedAt !== undefined) return state;
  return loopFailures(note, state).reduce((before, { unitId, failure }) => reduce(before, { type: "unit_failed", unitId, failure, seq: before.seq, at: note.at, runId: before.runId }), state);
}

/** Throws a UserError when nothing was ever started. */
export function requireRunView(runtime: LookUpRuntime): RunView {
  const view = runView(runtime);
  if (view === undefined) throw new UserError(noRun(runtime.repository.elsewhere()));
  return view;
}

export function wordOf(view: RunView, unit: UnitState): StatusWord {
  return statusWord(unit, view.truths[unit.spec.id], view.state);
}

/** The log is kept after a stop; its path is known before the first start. */
export function logPathOf(runtime: Pick<EngineRuntime, "repository">, state: RunState, unit: UnitState): string {
  return unit.logPath ?? runtime.repository.logPath(state.runId, unit.spec.id);
}

export function unitRow(view: RunView, unit: UnitState, runtime: Pick<EngineRuntime, "repository" | "programPid">): UnitRow {
  const { spec, life } = unit;
  const handle = view.truths[spec.id]?.state === "alive" ? handleOf(life) : undefined;
  const figures = figuresOf(view, unit);
  return {
    unit_id: spec.id,
    project: spec.project,
    name: spec.name,
    kind: spec.kind,
    status: wordOf(view, unit),
    port: mainPort(spec) ?? null,
    url: spec.url ?? null,
    pid: (handle === undefined ? undefined : runtime.programPid(handle)) ?? null,
    shell_pid: handle === undefined || handle.inside !== undefined ? null : handle.pid,
    engine: engineName(unit),
    critical: spec.critical,
    since: life.at,
    age_seconds: Math.round(ageMs(life.at, view.nowMs) / 1000),
    cpu: figures?.cpu ?? null,
    memory_bytes: figures?.memory_bytes ?? null,
    fds: figures?.fds ?? null,
    connections: figures?.connections ?? null,
    uptime_seconds: figures === undefined ? null : Math.round((figures.uptime_ms + ageMs(view.figures?.at ?? "", view.nowMs)) / 1000),
    starts: unit.starts,
    restarts: unit.restarts.length,
    next_restart_at: life.status === "restarting" ? life.dueAt : null,
    last_exit: unit.lastExit ?? null,
    depends_on: [...spec.dependsOn],
    log_path: logPathOf(runtime, view.state, unit),
    detail: detailOf(view, unit),
    failure: lastFailure(view, unit) ?? null,
    differs: differencesOf(view.state)[spec.id] ?? null,
  };
}

/** As the configuration names it, else its address. */
function engineName({ spec, life }: UnitState): string | null {
  const handle = handleOf(life);
  return spec.container?.engine?.name ?? (handle?.inside === "container" ? handle.engine : null);
}

/** Figures of the process that lives now; those of an earlier start are not its own. */
function figuresOf(view: RunView, unit: UnitState): UnitFigures | undefined {
  const [truth, figures] = [view.truths[unit.spec.id], view.figures?.units[unit.spec.id]];
  return truth?.state === "alive" && figures?.pid === truth.handle.pid ? figures : undefined;
}

/** What is wrong now, or why it was last restarted. */
export function lastFailure(view: RunView, unit: UnitState): Failure | undefined {
  if ("failure" in unit.life) return unit.life.failure;
  return unit.restarts.length === 0 ? undefined : view.state.failures.findLast((one) => one.unitId === unit.spec.id)?.failure;
}

/** What the configuration says otherwise than what runs, as far as the daemon has noticed; of a run that is over nothing. */
export function differencesOf({ differing, stoppedAt }: Pick<RunState, "differing" | "stoppedAt">): Readonly<Record<UnitId, string>> {
  return stoppedAt === undefined ? (differing ?? {}) : {};
}

/** Why the word is what it is, where it needs saying. */
export function detailOf(view: RunView, unit: UnitState): string | null {
  const word = wordOf(view, unit);
  const truth = view.truths[unit.spec.id];
  if ("failure" in unit.life) return [...restartWords(view, unit), whole(unit.life.failure)].join("; ");
  if (truth?.state === "unknown") return truth.because;
  if (unit.spec.executor === "external") return null;
  if (truth?.state === "dead" && (word === "stale" || word === "unhealthy")) return "its process is gone; `envctl resume` starts it again";
  if (truth?.state === "alive" && !truth.isListening && (word === "unreachable" || word === "unhealthy")) return `it lives, but nothing of it listens on port ${mainPort(unit.spec) ?? "?"}`;
  return limitWords(view, unit) ?? null;
}

function limitWords(view: RunView, unit: UnitState): string | undefined {
  const figures = figuresOf(view, unit);
  if (figures === undefined || unit.spec.limits === undefined) return undefined;
  const excesses = excessesIn(unit.spec.limits, measuredIn(figures)).map(excessText);
  return excesses.length === 0 ? undefined : `it uses ${excesses.join(", ")}`;
}

/** The message with the first cause: that a unit is given up says little without how it ended. */
function whole({ message, cause }: Failure): string {
  return cause === undefined ? message : `${message}: ${cause.message}`;
}

function restartWords({ nowMs, isSupervised }: RunView, { life }: UnitState): readonly string[] {
  if (life.status !== "restarting") return [];
  const leftMs = Date.parse(life.dueAt) - nowMs;
  const what = life.attempt === 0 ? "restart" : `restart ${life.attempt}`;
  if (leftMs <= 0 && !isSupervised) return [`${what} is overdue: no daemon`];
  return [`${what} in ${duration(leftMs)}${isSupervised ? "" : ", if a daemon is started"}`];
}
