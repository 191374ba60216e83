/** When something that is repeated is due. Pure; times are milliseconds since 1970, hours are those of the machine's time zone. */

/** Of every day, or of some days of the week, Sunday being 0. */
export interface DayTime {
  readonly days: readonly number[];
  readonly hour: number;
  readonly minute: number;
}

export type Timetable = { readonly kind: "every"; readonly everyMs: number } | { readonly kind: "at"; readonly times: readonly DayTime[] };

/** The first time it is due after `afterMs`. */
export function nextDueMs(timetable: Timetable, afterMs: number): number {
  return timetable.kind === "every" ? afterMs + timetable.everyMs : Math.min(...timetable.times.map((time) => nextOf(time, afterMs)));
}

/**
 * What follows when it was last done, or first known, at `sinceMs`: however often it was due meanwhile, it is done once, and counts
 * as done at the last of these times. A clock that was put back leaves nothing due for longer than one round.
 */
export function dueNow(timetable: Timetable, sinceMs: number, nowMs: number): { readonly isDue: boolean; readonly sinceMs: number; readonly nextMs: number } {
  if (sinceMs > nowMs) return { isDue: false, sinceMs: nowMs, nextMs: nextDueMs(timetable, nowMs) };
  const first = nextDueMs(timetable, sinceMs);
  if (first > nowMs) return { isDue: false, sinceMs, nextMs: first };
  let doneMs = timetable.kind === "every" ? nowMs - ((nowMs - sinceMs) % timetable.everyMs) : first;
  for (let next = nextDueMs(timetable, doneMs); next <= nowMs; next = nextDueMs(timetable, next)) doneMs = next;
  return { isDue: true, sinceMs: doneMs, nextMs: nextDueMs(timetable, doneMs) };
}

const daysAhead = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** An hour that is left out when the clocks change is an hour later. */
function nextOf({ days, hour, minute }: DayTime, afterMs: number): number {
  const after = new Date(afterMs);
  const candidates = daysAhead.map((ahead) => new Date(after.getFullYear(), after.getMonth(), after.getDate() + ahead, hour, minute));
  const fit = candidates.find((one) => one.getTime() > afterMs && (days.length === 0 || days.includes(one.getDay())));
  return fit?.getTime() ?? Number.POSITIVE_INFINITY;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Ten years: far beyond that there is no date any more. */
const longestMs = 3650 * 86_400_000;

/** `90s`, `10m`, `2h`, `1d`, or seconds as a number; undefined for anything else, and for more than ten years. */
export function durationMs(value: unknown): number | undefined {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : "") ?? [];
  const ms = Math.round(Number(number) * (unitMs[unit] ?? Number.NaN));
  return ms > 0 && ms <= longestMs ? ms : undefined;
}

const shortestMs = 1000;

/** Undefined for what is no duration, or shorter than a second. */
export function everyOf(value: unknown): Timetable | undefined {
  const everyMs = durationMs(value);
  return everyMs === undefined || everyMs < shortestMs ? undefined : { kind: "every", everyMs };
}

const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** `03:00`, `mon,fri 09:30`, or a list of such; undefined for anything else. */
export function atOf(value: unknown): Timetable | undefined {
  const times = [value].flat().map((one) => (typeof one === "string" ? dayTimeOf(one) : undefined));
  return times.length > 0 && times.every((time) => time !== undefined) ? { kind: "at", times } : undefined;
}

function dayTimeOf(text: string): DayTime | undefined {
  const [, names, hour, minute] = /^(?:([a-z,]+) )?([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim().toLowerCase()) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  const days = (names ?? "").split(",").filter((name) => name !== "").map((name) => dayNames.indexOf(name));
  return days.includes(-1) ? undefined : { days, hour: Number(hour), minute: Number(minute) };
}
