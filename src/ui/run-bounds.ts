/** What of a long run is shown on a page and on a terminal; `--json` and the events have all of it. Pure. */
import type { Mishap, RunChronicle, StateSpan } from "./run-chronicle.ts";

/** More than a page is wide would not be seen. */
const mostSpans = 240;
const mostMishaps = 100;
const mostLetters = 400;
/** The worst stands for a time in which there were several. */
const badness: readonly StateSpan["status"][] = ["failed", "blocked", "unhealthy", "restarting", "stopping", "stopped", "planned", "preparing", "starting", "started", "ready"];

/** Spans of a page; `changes` is how many stand behind one. */
export interface ShownSpan extends StateSpan {
  readonly changes: number;
}

/** At most 240, without gaps: where there are more, steps of the run's time, each with the worst that was in it. */
export function shownSpans(states: readonly StateSpan[], { startMs, endMs }: Pick<RunChronicle, "startMs" | "endMs">): readonly ShownSpan[] {
  if (states.length <= mostSpans) return states.map((one) => ({ ...one, changes: 1 }));
  const stepMs = Math.max(1, (endMs - startMs) / mostSpans);
  const steps = new Map<number, ShownSpan>();
  for (const one of states) {
    const step = Math.min(mostSpans - 1, Math.max(0, Math.floor((one.startMs - startMs) / stepMs)));
    const known = steps.get(step);
    const worst = known !== undefined && badness.indexOf(known.status) < badness.indexOf(one.status) ? known.status : one.status;
    steps.set(step, { status: worst, startMs: known?.startMs ?? one.startMs, endMs: one.endMs, changes: (known?.changes ?? 0) + 1 });
  }
  return [...steps.values()];
}

/** The last failures, and of those before only how many each unit had. */
export function shownMishaps(mishaps: readonly Mishap[]): { readonly shown: readonly Mishap[]; readonly folded: readonly string[] } {
  const counts = new Map<string, number>();
  for (const { unitId } of mishaps.slice(0, -mostMishaps)) counts.set(unitId, (counts.get(unitId) ?? 0) + 1);
  const shown = mishaps.slice(-mostMishaps).map((one) => ({ ...one, message: shortened(one.message), hint: one.hint === null ? null : shortened(one.hint), logTail: one.logTail.map(shortened) }));
  return { shown, folded: [...counts].map(([unitId, count]) => `${unitId} ${count}`) };
}

/** Where what was left out can be read. */
export function wholeRun({ runId }: Pick<RunChronicle, "runId">): string {
  return `\`envctl report --run ${runId} --json\` and the file events.jsonl of the run have all of it`;
}

/** A line as it is shown. */
export function shortened(text: string): string {
  return text.length <= mostLetters ? text : `${text.slice(0, mostLetters)}… (${text.length - mostLetters} more letters)`;
}
