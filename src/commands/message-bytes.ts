/** Messages of queues on standard output and in JSON: each byte as it was written, and nothing that would upset a terminal. */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { CommandInput } from "../cli/command.ts";
import { UserError } from "../model/failure.ts";
import { queuedAt } from "../model/job.ts";
import { terminalSink } from "./job-output.ts";

export interface MessageBytes {
  readonly id: string;
  readonly body: Buffer;
}

/** A message in an answer. */
export interface ToldMessage {
  readonly tid: string;
  readonly message: string;
  /** Of one that is not UTF-8, which JSON cannot hold. */
  readonly encoding?: "base64";
  readonly timestamp?: string;
}

/** As `--json` says it. */
export function toldMessage({ id, body }: MessageBytes): ToldMessage {
  return { tid: id, ...(isUtf8(body) ? { message: body.toString() } : { message: body.toString("base64"), encoding: "base64" as const }), timestamp: queuedAt(id) };
}

/** Whether a person may be shown it: a terminal would only be upset by the others. */
export function isForPeople({ body }: MessageBytes): boolean {
  return isUtf8(body) && !body.includes(0);
}

/** Whether this message may go where the output goes. */
export function canBeShown(message: MessageBytes, { flags, screen }: Pick<CommandInput, "flags" | "screen">): boolean {
  return flags["raw"] === true || !Number.isFinite(screen.width) || isForPeople(message);
}

/** Text as a line, with its time where that is wanted; other bytes, and with `--raw` all of them, just as they are. */
export async function showMessage(message: MessageBytes, { flags }: Pick<CommandInput, "flags">): Promise<void> {
  if (flags["raw"] === true || !isForPeople(message)) return terminalSink.output(message.body);
  const time = flags["timestamps"] === true ? `${queuedAt(message.id)}\t` : "";
  return terminalSink.output(Buffer.from(`${time}${message.body.toString()}\n`));
}

/** What a terminal shows in place of it. */
export function bytesHint({ id, body }: MessageBytes): string {
  return `message ${id} is no text: ${body.length} bytes, sha256 ${createHash("sha256").update(body).digest("hex")}`;
}

/** Of one that was to be taken off its queue for a terminal. */
export function keptError(queue: string, message: MessageBytes): UserError {
  return new UserError({ reason: "conflict", message: `${bytesHint(message)}; it stays in ${queue}`, hint: `write it to a file, \`envctl queue read ${queue} > FILE\`, or say --raw` });
}
