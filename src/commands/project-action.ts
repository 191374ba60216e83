/** The one runner of actions: shows the targets, works on them in parallel, tells how it goes, sums up. */
import type { ActionPlace } from "../actions/place.ts";
import type { Actions } from "../actions/actions.ts";
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { ProjectFact } from "../model/facts.ts";
import { exitCodes, UserError, type ExitCode, type Failure } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { duration } from "../ui/age.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { actionTargets, type ActionTargets } from "./action-targets.ts";
import { timeFlag } from "./time-flag.ts";
import { inheritedValues } from "./unit-values.ts";

/** What came of one project. */
export interface ProjectAnswer<R> {
  readonly project: string;
  readonly root: string;
  readonly ok: boolean;
  readonly duration_ms: number;
  readonly failures: Failure[];
  readonly result: R | null;
}

export interface ActionAnswer<A extends string, R> {
  readonly action: A;
  readonly ok: boolean;
  readonly exit: ExitCode;
  readonly projects: ProjectAnswer<R>[];
}

/** All that is known where an action works on one project. */
export interface ActionCall {
  readonly project: ProjectFact;
  readonly place: ActionPlace;
  readonly actions: Actions;
  readonly targets: ActionTargets;
  readonly input: CommandInput;
  readonly runtime: EngineRuntime;
}

/** One row of the family: what it does to a project, and how that is told. */
export interface ProjectAction<A extends string, R> {
  readonly name: A;
  /** Milliseconds for everything, unless --timeout says otherwise. */
  readonly timeoutMs: number;
  /** Projects at once. */
  readonly atOnce: number;
  /** Git does the work: told at once where it cannot. */
  readonly needsGit?: boolean;
  /** Whether words of the command line are projects. */
  readonly takesWords?: boolean;
  /** Looks at the words and targets before anything is done. Throws a UserError. */
  check?(targets: ActionTargets, input: CommandInput, runtime: EngineRuntime): void | Promise<void>;
  artifacts(project: string, targets: ActionTargets, runtime: EngineRuntime): string;
  work(call: ActionCall): Promise<R>;
  /** What is wrong with a result; none for a success. */
  troubles(result: R): readonly Failure[];
  readonly heading: readonly string[];
  /** Cells of the summary below `heading`. */
  cells(result: R): readonly string[];
  /** Lines about a project below the table. */
  details?(result: R, screen: Screen): readonly string[];
}

/** The body of a command that is an action. */
export function actionBody<A extends string, R>(action: ProjectAction<A, R>): CommandBody<ActionAnswer<A, R>> {
  return {
    run: (input, runtime) => carriedOut(action, input, runtime),
    text: (answer, screen) => answerLines(action, answer, screen),
    exit: (answer) => answer.exit,
  };
}

async function carriedOut<A extends string, R>(action: ProjectAction<A, R>, input: CommandInput, runtime: EngineRuntime): Promise<ActionAnswer<A, R>> {
  const targets = await actionTargets(input, runtime, action.takesWords === true ? input.args : []);
  await action.check?.(targets, input, runtime);
  const timeoutMs = timeFlag(input.flags, "timeout") ?? action.timeoutMs;
  const names = targets.projects.map(({ name }) => name);
  input.note(`${action.name}: ${names.join(", ")}`);
  const actions = await runtime.actions();
  if (action.needsGit === true) await actions.requireGit(inheritedValues(runtime));
  const projects = await actions.withDeadline(input.signal, timeoutMs, (signal) => actions.inParallel(targets.projects, action.atOnce, async (project) => {
    const place: ActionPlace = {
      project: project.name, root: project.root, artifacts: action.artifacts(project.name, targets, runtime),
      environment: inheritedValues(runtime), signal, timeoutMs,
      progress: (line) => input.note(`${project.name}: ${line}`),
    };
    return answerOf(action, { project, place, actions, targets, input, runtime });
  }));
  return { action: action.name, ok: projects.every(({ ok }) => ok), exit: exitOf(projects, input.signal), projects: [...projects] };
}

async function answerOf<A extends string, R>(action: ProjectAction<A, R>, call: ActionCall): Promise<ProjectAnswer<R>> {
  const { project, place, runtime } = call;
  const begun = runtime.host.clock.monotonic();
  const answer = (result: R | null, failures: readonly Failure[]): ProjectAnswer<R> => ({
    project: project.name, root: project.root, ok: failures.length === 0,
    duration_ms: Math.round(runtime.host.clock.monotonic() - begun), failures: [...failures], result,
  });
  try {
    place.signal.throwIfAborted();
    const result = await action.work(call);
    return answer(result, action.troubles(result));
  } catch (error) {
    if (isTimeout(place.signal)) return answer(null, [{ reason: "timed_out", message: `${action.name} took longer than ${duration(place.timeoutMs)}`, hint: "give it more with --timeout, such as --timeout 1h" }]);
    if (place.signal.aborted) return answer(null, [{ reason: "cancelled", message: `${action.name} was interrupted` }]);
    if (error instanceof UserError) return answer(null, error.failures);
    throw error;
  }
}

function isTimeout({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

function exitOf(projects: readonly ProjectAnswer<unknown>[], signal: AbortSignal): ExitCode {
  if (signal.aborted) return exitCodes.interrupted;
  const reasons = projects.flatMap(({ failures }) => failures.map(({ reason }) => reason));
  if (reasons.includes("timed_out")) return exitCodes.timeout;
  return projects.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failure;
}

function answerLines<A extends string, R>(action: ProjectAction<A, R>, { projects }: ActionAnswer<A, R>, screen: Screen): readonly string[] {
  const rows = projects.map(({ project, ok, result, duration_ms }) => [project, toned(ok ? "ok" : "failed", ok ? "good" : "bad", screen), ...(result === null ? action.heading.map(() => "-") : action.cells(result)), duration(duration_ms)]);
  return [
    ...table(["PROJECT", "STATUS", ...action.heading, "TIME"], rows),
    ...projects.flatMap(({ project, failures, result }) => {
      const lines = [...(result === null ? [] : (action.details?.(result, screen) ?? [])), ...failures.flatMap((failure) => failureLines(failure))];
      return lines.length === 0 ? [] : ["", toned(`${project}:`, "strong", screen), ...lines.map((line) => `  ${line}`)];
    }),
  ];
}
