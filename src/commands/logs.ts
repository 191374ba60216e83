/** `logs`: what the units wrote, also after a stop. */
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { LogsReport, LogsVerification } from "../contracts/log-reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { byteSince } from "../model/log-index.ts";
import type { UnitState } from "../model/run-state.ts";
import type { EngineRuntime } from "../runtime.ts";
import { badCursor, badNumber, badPattern, badTime, notTogether } from "../ui/words.ts";
import { cursorOf, offsetsOf } from "./log-cursor.ts";
import { readTailInContext, type ContextLine } from "./key-context.ts";
import type { LogTail } from "./log-file.ts";
import { followFiles } from "./log-follow.ts";
import { mergedLines, sinceMs, timedLine, timedLines, type LogLine } from "./log-lines.ts";
import { lineRecord, lineText, plainText, verificationLines } from "./log-output.ts";
import { logMasking, noLogMasking, type LogMasking } from "./log-secrets.ts";
import { verifiedLog } from "./log-verify.ts";
import { logPathOf, requireRunView, wordOf, type RunView } from "./run-view.ts";
import { openIndex } from "./stored-log.ts";
import { selectedUnits, textFlag } from "./targets.ts";

interface LogQuery {
  /** Undefined: everything. */
  readonly tail: number | undefined;
  readonly sinceMs: number | undefined;
  /** Unit → the byte a reader has come to. */
  readonly after: Readonly<Record<string, number>> | undefined;
  readonly pattern: RegExp | undefined;
  readonly isFollowing: boolean;
}

interface UnitLog {
  readonly unit: UnitState;
  readonly path: string;
  readonly file: LogTail;
  /** Masked where that is asked for. */
  readonly lines: readonly LogLine[];
  readonly context: readonly ContextLine[];
}

const usualTail = 200;
const noMatch = "no line matches";

export const body: CommandBody<LogsReport | LogsVerification> = {
  async run(input, runtime) {
    const view = requireRunView(runtime);
    const units = selectedUnits(view.state, input);
    if (input.flags["verify"] === true) return verification(view, units, input, runtime);
    const query = logQuery(input, view);
    const masking = input.flags["mask"] === true ? await logMasking(view.state, units, runtime) : noLogMasking;
    const logs = await Promise.all(units.map((unit) => unitLog(runtime, view, unit, query, masking)));
    const lines = mergedLines(logs.map((log) => log.lines));
    if (query.isFollowing) await follow(logs, lines, query, masking, input, runtime);
    return logsReport(view, logs, query, query.isFollowing ? [] : lines);
  },
  text: (report, screen) => ("problems" in report ? verificationLines(report) : logText(report, screen)),
  exit: (report) => ("ok" in report && !report.ok ? exitCodes.failure : exitCodes.ok),
};

function logText(report: LogsReport, screen: Screen): readonly string[] {
  const width = report.lines.reduce((widest, line) => Math.max(widest, line.unit.length), 0);
  return [
    ...report.lines.map((line) => lineText(line.unit, line.text, width, screen)),
    ...(report.lines.length === 0 && !report.streaming ? nothingLines(report) : []),
  ];
}

function nothingLines(report: LogsReport): readonly string[] {
  if (report.services.some(({ reason }) => reason === noMatch) && report.services.every(({ reason, size_bytes }) => reason === noMatch || size_bytes === 0)) return [noMatch];
  return report.services.map((one) => `${one.name}: ${one.reason ?? "nothing written"}`);
}

function logQuery(input: CommandInput, { nowMs, state }: RunView): LogQuery {
  const since = textFlag(input.flags, "since");
  const from = since === undefined ? undefined : sinceMs(since, nowMs);
  if (since !== undefined && from === undefined) throw new UserError(badTime("--since", since));
  const cursor = textFlag(input.flags, "after");
  const after = cursor === undefined ? undefined : offsetsOf(cursor, state.runId);
  if (cursor !== undefined && after === undefined) throw new UserError(badCursor(cursor));
  return { tail: tailOf(input, since !== undefined || after !== undefined), sinceMs: from, after, pattern: patternOf(textFlag(input.flags, "grep")), isFollowing: input.flags["follow"] === true };
}

/** Where another limit is given, a number counts only when it is given too. */
function tailOf(input: CommandInput, hasBeginning: boolean): number | undefined {
  const given = textFlag(input.flags, "tail");
  if (given === undefined) return hasBeginning ? undefined : usualTail;
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

async function unitLog(runtime: Pick<EngineRuntime, "repository">, view: RunView, unit: UnitState, query: LogQuery, masking: LogMasking): Promise<UnitLog> {
  const path = logPathOf(runtime, view.state, unit);
  const since = query.sinceMs;
  const index = openIndex(path);
  try {
    const { file, context } = await readTailInContext(path, {
      lines: since === undefined ? (query.tail ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
      fromByte: Math.max(since === undefined ? 0 : byteSince(index, since), query.after?.[unit.spec.id] ?? 0),
      keep: (line) => isMatch(query, line),
    }, masking.linesBefore);
    const times = { bornMs: Date.parse(view.state.startedAt) || 0, writtenMs: file.writtenMs };
    const shown = maskedTexts(context, masking);
    const all = timedLines(unit.spec.id, file.lines, index, times).map((line, at) => ({ ...line, text: shown[at] ?? line.text }));
    const lines = all.filter((line) => since === undefined || (line.saidMs ?? line.toMs) >= since);
    return { unit, path, file, context, lines: query.tail === undefined ? lines : lines.slice(Math.max(0, lines.length - query.tail)) };
  } finally {
    index.close();
  }
}

/** Colours may stand in the middle of a word. */
function isMatch({ pattern }: LogQuery, line: string): boolean {
  return pattern === undefined || pattern.test(plainText(line));
}

/** Of the lines that were kept; all are looked at, since one alone does not show that it is of a key. */
function maskedTexts(context: readonly ContextLine[], masking: LogMasking): readonly string[] {
  return masking.lines(context.map(({ text }) => text)).filter((_text, at) => context[at]?.isKept === true);
}

async function follow(logs: readonly UnitLog[], past: readonly LogLine[], query: LogQuery, masking: LogMasking, input: CommandInput, runtime: Pick<EngineRuntime, "host">): Promise<void> {
  const width = Math.max(0, ...logs.map((log) => log.unit.spec.id.length));
  const write = (line: LogLine): void => input.write(input.wantsJson ? JSON.stringify(lineRecord(line)) : lineText(line.unit, line.text, width, input.screen));
  for (const line of past) write(line);
  const shown = new Map(logs.map(({ unit, context }) => [unit.spec.id, masking.after(context.map(({ text }) => text))]));
  const files = logs.map((log) => ({ unit: log.unit.spec.id, path: log.path, from: log.file.sizeBytes }));
  await followFiles(files, (unit, text, times) => {
    const masked = shown.get(unit)?.(text) ?? text;
    if (isMatch(query, text)) write(timedLine(unit, masked, times));
  }, runtime.host.clock, input.signal);
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
    cursor: cursorOf(view.state.runId, logs.map(({ unit, file }) => ({ unit: unit.spec.id, offset: file.sizeBytes }))),
  };
}

/** What chooses or shows lines says nothing about whether they are there. */
const flagsOfLines = ["follow", "tail", "since", "after", "grep", "mask"];

async function verification(view: RunView, units: readonly UnitState[], { flags }: CommandInput, runtime: Pick<EngineRuntime, "repository" | "host" | "daemon">): Promise<LogsVerification> {
  const useless = flagsOfLines.filter((name) => flags[name] !== undefined && flags[name] !== false);
  if (useless.length > 0) throw new UserError(notTogether("logs --verify", useless.map((name) => `--${name}`)));
  const { state } = view;
  const connection = await runtime.daemon.connect().catch(() => undefined);
  connection?.close();
  const isKept = (unit: UnitState): boolean => connection !== undefined && state.stoppedAt === undefined && unit.life.status !== "stopped";
  const services = await Promise.all(units.map((unit) => verifiedLog(unit.spec.id, logPathOf(runtime, state, unit), runtime.host.clock, isKept(unit))));
  return { run_id: state.runId, mode: state.mode, services, problems: services.flatMap(({ problems }) => problems), ok: services.every(({ complete }) => complete) };
}
