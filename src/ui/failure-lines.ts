/** A failure as lines for a terminal: what happened, where, the log, what led to it, what to do. */
import { placeText, type Failure } from "../model/failure.ts";
import type { RemoteError } from "../model/service.ts";

/** Never empty; the hint stands last, next to the prompt. */
export function failureLines(failure: Failure): readonly string[] {
  return [...bodyLines(failure, ""), ...(failure.hint === undefined ? [] : [`  → ${failure.hint}`])];
}

function bodyLines(failure: Failure, indent: string): readonly string[] {
  return [
    `${indent}${failure.message}`,
    ...(failure.place === undefined ? [] : [`${indent}  at ${placeText(failure.place)}`]),
    ...(failure.remote === undefined ? [] : remoteLines(failure.remote, indent)),
    ...(failure.logTail ?? []).map((line) => `${indent}  | ${line}`),
    ...(failure.cause === undefined ? [] : causeLines(failure.cause, `${indent}  `)),
  ];
}

/** What was thrown elsewhere, with its stack as it was there. */
function remoteLines({ service, instance, stack, cause }: RemoteError, indent: string): readonly string[] {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line)).map((line) => `${indent}  ${line.trim()}`);
  return [`${indent}  thrown in ${instance ?? `service ${service}`}`, ...frames, ...(cause === undefined ? [] : [`${indent}  because: ${cause.name}: ${cause.message}`])];
}

function causeLines(cause: Failure, indent: string): readonly string[] {
  const [first = "", ...others] = bodyLines(cause, indent);
  return [`${indent}because: ${first.trimStart()}`, ...others];
}
