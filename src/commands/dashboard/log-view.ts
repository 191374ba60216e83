/** The log pane's lines: read again when something was written, when the person moved, and at no other time. */
import type { Clock } from "../../host/clock.ts";
import { lineFilter } from "../../ui/dashboard/fuzzy.ts";
import type { LogPlace } from "../../ui/dashboard/place.ts";
import type { LogWindow, ShownLine } from "../../ui/dashboard/world.ts";
import { watchGrowth } from "./log-watch.ts";
import { errorFrom, windowAtStart, windowBefore, windowGrown, windowMoved, type LogEnds, type LogPart, type LogQuery, type LogSource } from "./log-windows.ts";
import { paced } from "./pace.ts";

/** What is to be shown. */
export interface LogRequest {
  readonly sources: readonly LogSource[];
  readonly bornMs: number;
  readonly count: number;
  readonly log: LogPlace;
}

export interface LogView {
  window(): LogWindow;
  /** Shows this from now on; nothing is read when it is the same as before. */
  show(request: LogRequest): void;
  /** Where the window would be so many lines further; undefined: at the end, which is followed. */
  moved(lines: number | "first" | "last"): Promise<LogEnds | undefined>;
  /** The nearest error, and where the window would be that shows it. */
  sought(direction: "next" | "previous"): Promise<{ readonly ends: LogEnds; readonly found: ShownLine } | undefined>;
  sweep(): void;
  close(): void;
}

const nothing: LogWindow = { lines: [], share: 1, sizeBytes: 0 };
/** Lines come faster than anybody reads. */
const leastMs = 250;
const rest = 8;
/** A search that takes longer says so. */
const patienceMs = 150;

/** `onChange` is told when the window differs. */
export function openLogView(clock: Clock, onChange: () => void): LogView {
  let request: LogRequest | undefined;
  let part: LogPart | undefined;
  let [window, shownKey] = [nothing, ""];
  let reading = new AbortController();
  const growth = watchGrowth(() => pace.ask());
  const tell = (next: LogWindow): void => {
    window = next;
    onChange();
  };
  const read = async (): Promise<void> => {
    if (request === undefined) return;
    const asked = request;
    reading = new AbortController();
    // Before it is read, so that what is written meanwhile is not missed.
    const grown = growth.arm(asked.log.ends === undefined ? asked.sources.map(({ path }) => path) : []);
    const before = part === undefined || keyOf(asked) !== shownKey ? undefined : { part, grown };
    shownKey = "";
    const late = before === undefined ? setTimeout(() => tell({ ...window, busy: "searching…" }), patienceMs) : undefined;
    const found = await partOf(asked, before, reading.signal).finally(() => clearTimeout(late));
    if (request !== asked && keyOf(request) !== keyOf(asked)) return;
    [part, shownKey] = [found.part, keyOf(asked)];
    tell({ ...found.part.window, ...(found.trouble === undefined ? {} : { trouble: found.trouble }) });
  };
  const pace = paced({ work: read, clock, leastMs, rest });
  return {
    window: () => window,
    show: (next) => {
      const isSame = request !== undefined && keyOf(request) === keyOf(next);
      request = next;
      if (isSame) return;
      reading.abort();
      pace.ask(true);
    },
    moved: async (lines) => (request === undefined ? undefined : movedEnds(request, lines, part)),
    sought: async (direction) => {
      if (request === undefined) return undefined;
      const { log } = request;
      const from = log.found === undefined || log.ends === undefined ? log.ends : endsAround(log.ends, window.lines, log.found, direction);
      const found = await errorFrom(queryOf(request), from, direction);
      return found === undefined ? undefined : { ends: found.ends, found: found.found };
    },
    sweep: growth.sweep,
    close: () => {
      reading.abort();
      growth.close();
      pace.close();
    },
  };
}

/** Two requests with the same key show the same lines, but for what was written since. */
function keyOf({ sources, count, log }: LogRequest): string {
  return JSON.stringify([sources.map(({ path }) => path), count, log.ends, log.filter, log.isRegex]);
}

function queryOf({ sources, bornMs, count, log }: LogRequest, signal?: AbortSignal): LogQuery {
  const { passes } = lineFilter(log.filter, log.isRegex);
  return { sources, bornMs, count, ...(log.filter === "" ? {} : { keep: passes }), ...(signal === undefined ? {} : { signal }) };
}

/** What was shown last, and which logs have grown since. */
interface Before {
  readonly part: LogPart;
  readonly grown: ReadonlySet<string>;
}

async function partOf(request: LogRequest, before: Before | undefined, signal: AbortSignal): Promise<{ readonly part: LogPart; readonly trouble?: string }> {
  const { log } = request;
  const { trouble } = lineFilter(log.filter, log.isRegex);
  const query = queryOf(request, signal);
  const part = log.ends === undefined && before !== undefined ? await windowGrown(query, before.part, before.grown) : await windowBefore(query, log.ends);
  return trouble === undefined ? { part } : { part: { ...part, window: { ...part.window, lines: [] } }, trouble };
}

async function movedEnds(request: LogRequest, lines: number | "first" | "last", part: LogPart | undefined): Promise<LogEnds | undefined> {
  if (lines === "last") return undefined;
  const query = queryOf(request);
  const from = request.log.ends;
  if (lines === 0) return from ?? part?.ends ?? (await windowBefore(query)).ends;
  const moved = lines === "first" ? await windowAtStart(query) : await windowMoved(query, from, lines);
  return lines !== "first" && lines > 0 && moved.isAtEnd ? undefined : moved.ends;
}

/** Places right behind a line that was found, or right before it. */
function endsAround(ends: LogEnds, lines: readonly ShownLine[], found: { readonly unitId: string; readonly end: number }, direction: "next" | "previous"): LogEnds {
  const at = lines.findIndex((line) => line.unitId === found.unitId && line.end === found.end);
  const behind = at < 0 ? [] : lines.slice(direction === "next" ? at + 1 : at);
  const around: Record<string, number> = { ...ends };
  for (const line of behind.toReversed()) around[line.unitId] = line.start;
  return around;
}
