/** What start, stop, restart and resume have in common: submit, show events as they come, report. */
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { Control, RunReport } from "../model/control.ts";
import type { ExitCode } from "../model/failure.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import type { EngineRuntime } from "../runtime.ts";
import { eventLine } from "../ui/event-line.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { planLines } from "../ui/plan-lines.ts";
import { progressEstimate } from "../ui/progress-estimate.ts";
import { progressSieve } from "../ui/progress-sieve.ts";
import { reportLines } from "../ui/report-lines.ts";
import { maskedEvent } from "./mask.ts";
import { shownPlan } from "./shown-plan.ts";
import { noteStrays } from "./stray-directories.ts";

/** A report, or the plan alone for `--dry-run`. */
export type LifecycleAnswer = ({ readonly type: "report" } & RunReport) | ({ readonly type: "plan" } & Plan);

/** The body of a lifecycle command over the intent it makes. */
export function lifecycleBody(intentFor: (input: CommandInput, runtime: EngineRuntime) => Intent): CommandBody<LifecycleAnswer> {
  return {
    run: async (input, runtime) => {
      const intent = intentFor(input, runtime);
      if (intent.kind !== "stop") noteStrays(input, runtime, "ENVCTL_EXTERNAL_REQUIREMENTS_PATH", "ENVCTL_EXTERNAL_PLUGINS_PATH");
      if (input.flags["dry-run"] === true) return { type: "plan", ...(await shownPlan(intent, runtime)) };
      return { type: "report", ...(await submitted(await runtime.control(), intent, input)) };
    },
    text: (answer, screen) => (answer.type === "plan" ? planLines(answer) : textOf(answer, screen)),
    exit: (answer): ExitCode => (answer.type === "plan" ? exitCodes.ok : answer.exit),
  };
}

function textOf(report: RunReport, screen: Screen): readonly string[] {
  const failures = report.failures.flatMap((failure) => ["", ...failureLines(failure)]);
  return [...failures, ...reportLines(report, screen)];
}

/** Events go out while the intent is carried out: as JSON lines, or as words for a person. */
export async function submitted(control: Control, intent: Intent, input: CommandInput): Promise<RunReport> {
  return watched(control, input, () => control.submit(intent, input.signal));
}

/** The same for anything the daemon does in its turn. */
export async function watched<T>(control: Control, input: CommandInput, work: () => Promise<T>): Promise<T> {
  const watching = new AbortController();
  const seq = (await control.state())?.seq ?? 0;
  // What is carried out does not end because it cannot be watched any more.
  const shown = showEvents(control, seq, input, watching.signal).then(() => undefined, errorWords);
  let told: string | undefined;
  try {
    return await work();
  } catch (error) {
    told = errorWords(error);
    throw error;
  } finally {
    watching.abort();
    const unseen = await shown;
    // One lost connection is one trouble, though both ended with it.
    if (unseen !== undefined && unseen !== told) input.note(unseen);
  }
}

function errorWords(error: unknown): string {
  return error instanceof UserError ? error.failures.flatMap(failureLines).join("\n") : String(error);
}

async function showEvents(control: Control, seq: number, input: CommandInput, signal: AbortSignal): Promise<void> {
  const [isNews, remaining] = [progressSieve(), progressEstimate()];
  // Elsewhere lines are as long as they are.
  const hasBars = Number.isFinite(input.screen.width);
  for await (const event of control.events(seq, signal)) {
    if (input.wantsJson) input.write(JSON.stringify(maskedEvent(event)));
    else {
      const remainingMs = remaining(event);
      const line = isNews(event) ? eventLine(event, { hasBars, ...(remainingMs === undefined ? {} : { remainingMs }) }) : undefined;
      if (line !== undefined) input.note(line);
    }
  }
}
