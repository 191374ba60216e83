/** Log lines as they are shown. Pure. */
import { stripVTControlCharacters } from "node:util";
import type { Screen } from "../cli/command.ts";
import type { LogsReport, LogsVerification } from "../contracts/log-reports.ts";
import { byteSize } from "../ui/age.ts";
import { padded, table } from "../ui/table.ts";
import type { LogLine } from "./log-lines.ts";

/** An interval that is shorter counts as one time. */
const preciseMs = 100;
const latestMs = 8.64e15;

/** A line as data. */
export function lineRecord(line: LogLine): LogsReport["lines"][number] {
  const { unit, text, fromMs, toMs, saidMs } = line;
  const isPrecise = saidMs !== undefined || toMs - fromMs <= preciseMs;
  return isPrecise ? { unit, at: isoOf(saidMs ?? line.order), text } : { unit, at: null, from: isoOf(fromMs), to: isoOf(toMs), text };
}

/** The nearest time that a date can hold: a damaged index may say anything. */
function isoOf(atMs: number): string {
  return new Date(Math.min(latestMs, Math.max(0, atMs || 0))).toISOString();
}

/** A line as text: colours stay where there are any. */
export function lineText(unit: string, text: string, width: number, screen: Screen): string {
  return `${padded(unit, width)} | ${screen.hasColor ? text : plainText(text)}`;
}

/** Without colours and other control sequences. */
export function plainText(text: string): string {
  return text.includes("\u001B") ? stripVTControlCharacters(text) : text;
}

export function verificationLines(report: LogsVerification): readonly string[] {
  const rows = report.services.map((one) => [
    one.name,
    one.complete ? "complete" : "incomplete",
    `${one.written_bytes} bytes written`,
    `${one.live_bytes} in the file`,
    `${one.piece_bytes} in ${one.pieces} ${one.pieces === 1 ? "piece" : "pieces"}`,
    `${one.dropped_bytes} dropped by rule`,
    `${byteSize(one.indexed_bytes)} indexed`,
  ]);
  return [...table([], rows), ...report.problems];
}
