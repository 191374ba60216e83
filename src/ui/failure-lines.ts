/** A failure as lines for a terminal: what happened, where, the log, what led to it, what to do. */
import { placeText, type Failure } from "../model/failure.ts";

/** Never empty; the hint stands last, next to the prompt. */
export function failureLines(failure: Failure): readonly string[] {
  return [...bodyLines(failure, ""), ...(failure.hint === undefined ? [] : [`  → ${failure.hint}`])];
}

function bodyLines(failure: Failure, indent: string): readonly string[] {
  return [
    `${indent}${failure.message}`,
    ...(failure.place === undefined ? [] : [`${indent}  at ${placeText(failure.place)}`]),
    ...(failure.logTail ?? []).map((line) => `${indent}  | ${line}`),
    ...(failure.cause === undefined ? [] : causeLines(failure.cause, `${indent}  `)),
  ];
}

function causeLines(cause: Failure, indent: string): readonly string[] {
  const [first = "", ...others] = bodyLines(cause, indent);
  return [`${indent}because: ${first.trimStart()}`, ...others];
}
