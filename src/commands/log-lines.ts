/** Log lines: their times, their order, the words that make one a complaint. Pure. */

export interface LogLine {
  readonly unit: string;
  /** Milliseconds since the epoch, when the line or one before it says. */
  readonly atMs: number | undefined;
  readonly text: string;
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

/** Gives each line its time; a line without one, such as a stack trace's, has that of the line before. */
export function timedLines(unit: string, lines: readonly string[]): readonly LogLine[] {
  let atMs: number | undefined;
  return lines.map((text) => {
    atMs = lineTime(text) ?? atMs;
    return { unit, atMs, text };
  });
}

/**
 * One sequence: units without any time first, one after another, since nothing tells where their lines belong;
 * then the rest by time. Lines of one unit keep their order even where its clock went back.
 */
export function mergedLines(units: readonly (readonly LogLine[])[]): readonly LogLine[] {
  const untimed = units.filter((lines) => lines.every((line) => line.atMs === undefined));
  const timed = units.filter((lines) => !untimed.includes(lines)).map(risingTimes);
  const merged = timed.flat().toSorted((one, other) => one.order - other.order);
  return [...untimed.flat(), ...merged.map(({ line }) => line)];
}

interface Ordered {
  readonly line: LogLine;
  readonly order: number;
}

function risingTimes(lines: readonly LogLine[]): readonly Ordered[] {
  let order = Number.NEGATIVE_INFINITY;
  return lines.map((line) => {
    order = Math.max(order, line.atMs ?? order);
    return { line, order };
  });
}

// The Python engine's words. `0 errors` and the like are praise.
const complaint = /\b(?:error|failed|failure|exception|traceback|critical|fatal|panic|warn(?:ing)?|deprecat(?:ed|ion))\b|\b[A-Z]\w*(?:Error|Exception)\b/i;
const praise = /\b(?:0|no)\s+(?:errors?|warnings?|failed|failures)\b/i;

/** npm warns about itself at every start. */
const chatter = /^npm (?:warn|notice)\b/i;

export function isComplaint(text: string): boolean {
  return !chatter.test(text) && complaint.test(text.replace(praise, ""));
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
