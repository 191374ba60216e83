/** Runs checks side by side, each with a deadline of its own. */
import type { Clock } from "../host/clock.ts";
import { errorText } from "../host/files.ts";
import { UserError } from "../model/failure.ts";
import type { Finding } from "../model/finding.ts";
import type { Fix, Remark } from "./check.ts";

/** A finding with the mend that belongs to it. */
export interface Examined {
  readonly finding: Finding;
  readonly fix?: Fix;
}

/** A check with what it looks at. */
export interface Examiner {
  readonly id: string;
  readonly title: string;
  readonly run: () => readonly Remark[] | Promise<readonly Remark[]>;
}

/** Of one check, where nobody says otherwise: doctor answers within a second. */
export const usualDeadlineMs = 850;

/** In the order of the checks. What throws or takes too long is told and does not keep the others. */
export async function examine(examiners: readonly Examiner[], clock: Clock, deadlineMs = usualDeadlineMs): Promise<readonly Examined[]> {
  const ended = new AbortController();
  const late = tooLate(clock, deadlineMs, ended.signal);
  const all = await Promise.all(examiners.map(async ({ id, title, run }) => {
    const remarks = await Promise.race([answerOf(run), late]);
    return remarks.map((remark) => examined(id, title, remark));
  }));
  ended.abort();
  return all.flat();
}

async function answerOf(run: Examiner["run"]): Promise<readonly Remark[]> {
  try {
    // A step later, so that all have begun before the first blocks.
    await Promise.resolve();
    return await run();
  } catch (error) {
    if (error instanceof UserError) return error.failures.map(({ message, hint }) => ({ status: "fail", detail: message, ...(hint === undefined ? {} : { hint }) }));
    return [{ status: "warn", detail: `it could not be looked at: ${errorText(error)}` }];
  }
}

async function tooLate(clock: Clock, deadlineMs: number, signal: AbortSignal): Promise<readonly Remark[]> {
  try {
    await clock.sleep(deadlineMs, signal);
  } catch {
    return [];
  }
  return [{ status: "warn", detail: `no answer within ${deadlineMs / 1000} s`, hint: "look again when the machine is less busy: `envctl doctor`" }];
}

function examined(id: string, title: string, { fix, ...remark }: Remark): Examined {
  return { finding: { id, title, ...remark, ...(fix === undefined ? {} : { fix: fix.about }) }, ...(fix === undefined ? {} : { fix }) };
}
