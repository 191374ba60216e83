/** Log lines: their times, their order, the words that make one a complaint. Pure. */
import { positionOfByte, type IndexEntry, type LogIndex } from "../model/log-index.ts";

/** A line was written between two times, epoch milliseconds. */
export interface LineTimes {
  readonly fromMs: number;
  readonly toMs: number;
  /** What the line says itself, where that lies between the two. */
  readonly saidMs?: number;
}

export interface LogLine extends LineTimes {
  readonly unit: string;
  readonly text: string;
  /** Where it stands among the lines of others: never before the line of its unit that came before. */
  readonly order: number;
}

// ISO 8601 (date and time, `T` or blank, optional fraction and zone), perhaps in brackets; or epoch seconds or milliseconds.
const isoStart = /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)( ?(?:Z|UTC|GMT)\b|[+-]\d\d:?\d\d)?/;
// Redis: `4711:M 21 Nov 2026 07:00:01.250 * Ready`, in local time.
const redisStart = /^\d+:[A-Z] (\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d)(\.\d{1,3})?/;
const epochStart = /^\[?(\d{10}(?:\.\d{1,9})?|\d{13})(?=[\]\s:,|]|$)/;

/** The time a line begins with; a time without zone is local. */
export function lineTime(text: string): number | undefined {
  const iso = isoStart.exec(text);
  if (iso !== null) {
    const at = Date.parse(`${(iso[1] ?? "").replace(" ", "T").replace(",", ".")}${zoneText(iso[2] ?? "")}`);
    return Number.isNaN(at) ? undefined : at;
  }
  const redis = redisStart.exec(text);
  if (redis !== null) return Date.parse(redis[1] ?? "") + Math.round(Number(redis[2] ?? "0") * 1000);
  const epoch = epochStart.exec(text)?.[1];
  if (epoch === undefined) return undefined;
  return epoch.length === 13 && !epoch.includes(".") ? Number(epoch) : Math.round(Number(epoch) * 1000);
}

/** PostgreSQL writes ` UTC` and ` GMT`. */
function zoneText(zone: string): string {
  return /Z|UTC|GMT/.test(zone) ? "Z" : zone;
}

/** When bytes that are not indexed were written, as far as anybody can tell. */
export interface UnindexedTimes {
  /** Nothing of the log was written before. */
  readonly bornMs: number;
  /** It was last written then. */
  readonly writtenMs: number;
}

/** Gives each line of a unit its times. `end` is the offset behind a line; the lines are in order. */
export function timedLines(unit: string, lines: readonly { readonly text: string; readonly end: number }[], index: LogIndex, unindexed: UnindexedTimes): readonly LogLine[] {
  let position = positionOfByte(index, (lines[0]?.end ?? 0) - 1);
  let covering = entryAt(index, position, unindexed);
  let before: number | undefined;
  return lines.map(({ text, end }) => {
    while (covering.offset < end) covering = entryAt(index, (position += 1), unindexed);
    const line = timedLine(unit, text, covering, before);
    before = line.order;
    return line;
  });
}

/** A line without a time of its own, such as a stack trace's, goes behind the one before. */
export function timedLine(unit: string, text: string, times: LineTimes, before = Number.NEGATIVE_INFINITY): LogLine {
  const said = lineTime(text);
  const saidMs = said !== undefined && said >= times.fromMs && said <= times.toMs ? { saidMs: said } : {};
  return { unit, text, fromMs: times.fromMs, toMs: times.toMs, ...saidMs, order: Math.max(before, saidMs.saidMs ?? times.fromMs) };
}

function entryAt(index: LogIndex, position: number, { bornMs, writtenMs }: UnindexedTimes): IndexEntry {
  if (position < index.count) return index.entry(position);
  const fromMs = index.count === 0 ? bornMs : index.entry(index.count - 1).toMs;
  return { offset: Number.POSITIVE_INFINITY, fromMs, toMs: Math.max(fromMs, writtenMs) };
}

/** One sequence by time. Lines of one unit keep their order. */
export function mergedLines(units: readonly (readonly LogLine[])[]): readonly LogLine[] {
  return units.flat().toSorted((one, other) => one.order - other.order);
}

// The Python engine's words. `0 errors` and the like are praise.
const errorWords = /\b(?:error|failed|failure|exception|traceback|critical|fatal|panic)\b|\b[A-Z]\w*(?:Error|Exception)\b/i;
const warningWords = /\b(?:warn(?:ing)?|deprecat(?:ed|ion))\b/i;
const praise = /\b(?:0|no)\s+(?:errors?|warnings?|failed|failures)\b/i;

/** npm warns about itself at every start. */
const chatter = /^npm (?:warn|notice)\b/i;

export function isComplaint(text: string): boolean {
  return complaintLevel(text) !== undefined;
}

/** How bad a line is that complains. */
export function complaintLevel(text: string): "error" | "warning" | undefined {
  if (chatter.test(text)) return undefined;
  const said = text.replace(praise, "");
  return errorWords.test(said) ? "error" : warningWords.test(said) ? "warning" : undefined;
}

/** `90s`, `10m`, `2h`, `1d`, or a date: epoch milliseconds. Undefined when it is neither. */
export function sinceMs(text: string, nowMs: number): number | undefined {
  const ago = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (ago === null) {
    const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(at) ? undefined : at;
  }
  const sizes: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return nowMs - Number(ago[1]) * (sizes[ago[2] ?? ""] ?? 0);
}
