/** Logs of units as programs read them: by windows, wherever the lines were rotated to. */
import { UserError } from "../model/failure.ts";
import type { RunState } from "../model/run-state.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { LogEnds, LogLine, LogOptions, LogWindow } from "./api.ts";

interface ReadQuery extends Pick<LogOptions, "keep" | "signal"> {
  readonly sources: readonly { readonly unitId: string; readonly path: string }[];
  /** When the run began. */
  readonly bornMs: number;
  readonly count: number;
}

interface ReadPart extends Pick<LogWindow, "ends" | "isAtEnd"> {
  readonly window: { readonly lines: readonly LogLine[]; readonly sizeBytes: number; readonly trouble?: string };
}

/** Reads logs where they lie, as the dashboard does. */
export interface LogReader {
  windowBefore(query: ReadQuery, ends?: LogEnds): Promise<ReadPart>;
  windowMoved(query: ReadQuery, ends: LogEnds | undefined, by: number): Promise<ReadPart>;
}

/** Throws a UserError when one of them is no unit of the run. */
export async function logWindow(unitIds: readonly string[], { lines: count = 100, ends, by = 0, ...rest }: LogOptions, state: RunState | undefined, repository: Pick<EngineRuntime["repository"], "logPath">, reader: LogReader): Promise<LogWindow> {
  const sources = unitIds.map((unitId) => ({ unitId, path: logPathIn(state, unitId, repository) }));
  const query = { ...rest, sources, bornMs: Date.parse(state?.startedAt ?? "") || 0, count };
  const part = by === 0 ? await reader.windowBefore(query, ends) : await reader.windowMoved(query, ends, by);
  const { lines, sizeBytes, trouble } = part.window;
  return { lines, ends: part.ends, isAtEnd: part.isAtEnd, sizeBytes, ...(trouble === undefined ? {} : { trouble }) };
}

function logPathIn(state: RunState | undefined, unitId: string, { logPath }: Pick<EngineRuntime["repository"], "logPath">): string {
  const unit = state?.units[unitId];
  if (state === undefined || unit === undefined) throw new UserError({ reason: "unknown_target", message: `${unitId} has no log`, hint: "state() tells which units there are" });
  return unit.logPath ?? logPath(state.runId, unitId);
}
