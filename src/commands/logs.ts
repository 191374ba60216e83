/** `logs`: what the units wrote, also after a stop. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { LogsReport } from "../contracts/reports.ts";
import { UserError } from "../model/failure.ts";
import type { UnitState } from "../model/run-state.ts";
import type { EngineRuntime } from "../runtime.ts";
import { padded } from "../ui/table.ts";
import { badNumber, badPattern, badTime } from "../ui/words.ts";
import { readTail, type LogTail } from "./log-file.ts";
import { followFiles } from "./log-follow.ts";
import { mergedLines, sinceMs, timedLines, type LogLine } from "./log-lines.ts";
import { logPathOf, requireRunView, wordOf, type RunView } from "./run-view.ts";
import { selectedUnits, textFlag } from "./targets.ts";

interface LogQuery {
  /** Undefined: everything. */
  readonly tail: number | undefined;
  readonly sinceMs: number | undefined;
  readonly pattern: RegExp | undefined;
  readonly isFollowing: boolean;
}

interface UnitLog {
  readonly unit: UnitState;
  readonly path: string;
  readonly file: LogTail;
  readonly lines: readonly LogLine[];
}

const usualTail = 200;
const noMatch = "no line matches";

export const body: CommandBody<LogsReport> = {
  async run(input, runtime) {
    const view = requireRunView(runtime);
    const query = logQuery(input, view.nowMs);
    const logs = await Promise.all(selectedUnits(view.state, input).map((unit) => unitLog(runtime, view, unit, query)));
    const lines = mergedLines(logs.map((log) => log.lines));
    if (query.isFollowing) await follow(logs, lines, query, input, runtime);
    return logsReport(view, logs, query, query.isFollowing ? [] : lines);
  },
  text: (report) => {
    const width = Math.max(0, ...report.lines.map((line) => line.unit.length));
    return [
      ...report.lines.map((line) => prefixed(line.unit, line.text, width)),
      ...(report.lines.length === 0 && !report.streaming ? nothingLines(report) : []),
    ];
  },
};

function nothingLines(report: LogsReport): readonly string[] {
  if (report.services.some(({ reason }) => reason === noMatch) && report.services.every(({ reason, size_bytes }) => reason === noMatch || size_bytes === 0)) return [noMatch];
  return report.services.map((one) => `${one.name}: ${one.reason ?? "nothing written"}`);
}

function logQuery(input: CommandInput, nowMs: number): LogQuery {
  const since = textFlag(input.flags, "since");
  const from = since === undefined ? undefined : sinceMs(since, nowMs);
  if (since !== undefined && from === undefined) throw new UserError(badTime("--since", since));
  return { tail: tailOf(input, since !== undefined), sinceMs: from, pattern: patternOf(textFlag(input.flags, "grep")), isFollowing: input.flags["follow"] === true };
}

/** With `--since` the time is the limit, unless a number is given too. */
function tailOf(input: CommandInput, hasSince: boolean): number | undefined {
  const given = textFlag(input.flags, "tail");
  if (given === undefined) return hasSince ? undefined : usualTail;
  if (given === "all") return undefined;
  if (!/^\d{1,9}$/.test(given)) throw new UserError(badNumber("--tail", given));
  return Number(given);
}

function patternOf(given: string | undefined): RegExp | undefined {
  if (given === undefined) return undefined;
  try {
    return new RegExp(given, "u");
  } catch (error) {
    throw new UserError(badPattern(given, error instanceof Error ? error.message : String(error)));
  }
}

async function unitLog(runtime: Pick<EngineRuntime, "repository">, view: RunView, unit: UnitState, query: LogQuery): Promise<UnitLog> {
  const path = logPathOf(runtime, view.state, unit);
  const { pattern } = query;
  const needsTimes = query.sinceMs !== undefined;
  const file = await readTail(path, {
    lines: needsTimes ? Number.POSITIVE_INFINITY : (query.tail ?? Number.POSITIVE_INFINITY),
    ...(pattern === undefined || needsTimes ? {} : { keep: (line: string) => pattern.test(line) }),
  });
  const lines = timedLines(unit.spec.id, file.lines).filter((line) => isRecent(line, file, query) && (pattern?.test(line.text) ?? true));
  return { unit, path, file, lines: query.tail === undefined ? lines : lines.slice(Math.max(0, lines.length - query.tail)) };
}

/** A line without a time is as old as the file at most. */
function isRecent(line: LogLine, file: LogTail, query: LogQuery): boolean {
  return query.sinceMs === undefined || (line.atMs ?? file.writtenMs) >= query.sinceMs;
}

async function follow(logs: readonly UnitLog[], past: readonly LogLine[], query: LogQuery, input: CommandInput, runtime: Pick<EngineRuntime, "host">): Promise<void> {
  const width = Math.max(0, ...logs.map((log) => log.unit.spec.id.length));
  const show = (unit: string, text: string): void => {
    if (query.pattern?.test(text) === false) return;
    const [line] = timedLines(unit, [text]);
    input.write(input.wantsJson ? JSON.stringify({ unit, at: isoOf(line?.atMs), text }) : prefixed(unit, text, width));
  };
  for (const line of past) input.write(input.wantsJson ? JSON.stringify(lineRecord(line)) : prefixed(line.unit, line.text, width));
  await followFiles(logs.map((log) => ({ unit: log.unit.spec.id, path: log.path, from: log.file.sizeBytes })), show, runtime.host.clock, input.signal);
}

function logsReport(view: RunView, logs: readonly UnitLog[], query: LogQuery, lines: readonly LogLine[]): LogsReport {
  return {
    run_id: view.state.runId,
    mode: view.state.mode,
    tail: query.tail ?? null,
    follow_requested: query.isFollowing,
    streaming: query.isFollowing,
    services: logs.map(({ unit, path, file, lines: shown }) => ({
      name: unit.spec.id,
      status: wordOf(view, unit),
      log_path: path,
      exists: file.exists,
      size_bytes: file.sizeBytes,
      tail_lines: shown.length,
      reason: file.trouble ?? (file.exists ? (query.pattern !== undefined && shown.length === 0 && file.sizeBytes > 0 ? noMatch : null) : "it has no log yet"),
    })),
    lines: lines.map(lineRecord),
  };
}

function lineRecord(line: LogLine): LogsReport["lines"][number] {
  return { unit: line.unit, at: isoOf(line.atMs), text: line.text };
}

/** Null for no time, and for one that no date can hold. */
function isoOf(atMs: number | undefined): string | null {
  return atMs === undefined || Math.abs(atMs) > 8.64e15 ? null : new Date(atMs).toISOString();
}

function prefixed(unit: string, text: string, width: number): string {
  return `${padded(unit, width)} | ${text}`;
}
