/** The latest run as a look-up sees it: what was recorded, with the truth beside it. */
import { UserError } from "../model/failure.ts";
import type { UnitTruth } from "../model/facts.ts";
import { handleOf } from "../model/lifecycle.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import { mainPort, type UnitId } from "../model/unit.ts";
import type { UnitRow } from "../contracts/reports.ts";
import type { EngineRuntime } from "../runtime.ts";
import { ageMs } from "../ui/age.ts";
import { statusWord, type StatusWord } from "../ui/status-word.ts";
import { noRun } from "../ui/words.ts";

export type LookUpRuntime = Pick<EngineRuntime, "repository" | "observeUnits" | "host" | "checkout" | "scope">;

export interface RunView {
  readonly state: RunState;
  /** What was damaged on disk and how it was made good. */
  readonly problems: readonly string[];
  readonly truths: Readonly<Record<UnitId, UnitTruth>>;
  /** Project the caller stands in, when it takes part in the run. */
  readonly cwdProject: string | undefined;
  readonly nowMs: number;
}

/** Undefined when nothing was ever started. */
export function runView(runtime: LookUpRuntime): RunView | undefined {
  const loaded = runtime.repository.latest();
  if (loaded === undefined) return undefined;
  const { state, problems } = loaded;
  const cwdProject = Object.values(state.projects).find((project) => project.root === runtime.checkout.projectRoot)?.name;
  return { state, problems, truths: runtime.observeUnits(state), cwdProject, nowMs: runtime.host.clock.now() };
}

/** Throws a UserError when nothing was ever started. */
export function requireRunView(runtime: LookUpRuntime): RunView {
  const view = runView(runtime);
  if (view === undefined) throw new UserError(noRun());
  return view;
}

export function wordOf(view: RunView, unit: UnitState): StatusWord {
  return statusWord(unit, view.truths[unit.spec.id], view.state);
}

/** The log is kept after a stop; its path is known before the first start. */
export function logPathOf(runtime: Pick<EngineRuntime, "repository">, state: RunState, unit: UnitState): string {
  return unit.logPath ?? runtime.repository.logPath(state.runId, unit.spec.id);
}

export function unitRow(view: RunView, unit: UnitState, runtime: Pick<EngineRuntime, "repository">): UnitRow {
  const { spec, life } = unit;
  return {
    unit_id: spec.id,
    project: spec.project,
    name: spec.name,
    kind: spec.kind,
    status: wordOf(view, unit),
    port: mainPort(spec) ?? null,
    url: spec.url ?? null,
    pid: view.truths[spec.id]?.state === "alive" ? (handleOf(life)?.pid ?? null) : null,
    critical: spec.critical,
    since: life.at,
    age_seconds: Math.round(ageMs(life.at, view.nowMs) / 1000),
    starts: unit.starts,
    depends_on: [...spec.dependsOn],
    log_path: logPathOf(runtime, view.state, unit),
    detail: detailOf(view, unit),
    differs: differencesOf(view.state)[spec.id] ?? null,
  };
}

/** What the configuration says otherwise than what runs, as far as the daemon has noticed; of a run that is over nothing. */
export function differencesOf({ differing, stoppedAt }: Pick<RunState, "differing" | "stoppedAt">): Readonly<Record<UnitId, string>> {
  return stoppedAt === undefined ? (differing ?? {}) : {};
}

/** Why the word is what it is, where it needs saying. */
export function detailOf(view: RunView, unit: UnitState): string | null {
  const word = wordOf(view, unit);
  const truth = view.truths[unit.spec.id];
  if ("failure" in unit.life) return unit.life.failure.message;
  if (truth?.state === "unknown") return truth.because;
  if (truth?.state === "dead" && (word === "stale" || word === "unhealthy")) return "its process is gone; `envctl resume` starts it again";
  if (truth?.state === "alive" && !truth.isListening && (word === "unreachable" || word === "unhealthy")) return `it lives, but nothing of it listens on port ${mainPort(unit.spec) ?? "?"}`;
  return null;
}
