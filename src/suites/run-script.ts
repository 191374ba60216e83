/** Runs one script to its end, with everything it started. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { runLogged, type LoggedResult } from "../host/run-logged.ts";
import { verdictOf, type ScriptEnd, type ScriptResult } from "../model/suite.ts";
import { exitText } from "../model/unit.ts";
import type { LoadedScript } from "./load.ts";

export interface ScriptPlace {
  readonly directory: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory its output goes to. */
  readonly logs: string;
  /** Why it is expected to fail; undefined when it is not. */
  readonly expectedBecause: string | undefined;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Between SIGTERM and SIGKILL. */
const killAfterMs = 2000;
const tailBytes = 16 * 1024;

/** Undefined when it was interrupted: then there is no verdict. */
export async function runScript({ name, command, timeoutMs }: LoadedScript, place: ScriptPlace): Promise<ScriptResult | undefined> {
  const { directory, environment, signal, logs } = place;
  const logPath = join(logs, `${fileName(name)}.log`);
  const begun = place.now();
  const result = "trouble" in command ? command : await runLogged({ command, directory, environment, logPath, timeoutMs, killAfterMs, endsWithUs: true, signal });
  if (signal.aborted) return undefined;
  return { name, ...verdictOf(endOf(result, timeoutMs), place.expectedBecause), durationMs: Math.round(place.now() - begun), ...("trouble" in command ? {} : { logPath }) };
}

function endOf(result: LoggedResult | { readonly trouble: string }, timeoutMs: number): ScriptEnd {
  if ("trouble" in result) return { trouble: result.trouble === "timeout" ? `it took longer than ${timeoutMs / 1000} s and was ended` : result.trouble };
  return result.exit.kind === "code" ? { exitCode: result.exit.code } : { trouble: `it ended with ${exitText(result.exit)}` };
}

/** The last lines of a script's output, which may be larger than memory. */
export function outputTail(logPath: string, lines: number): readonly string[] {
  try {
    const text = lastBytes(logPath).toString("utf8").trimEnd();
    return text === "" ? [] : text.split("\n").slice(-lines);
  } catch {
    return [];
  }
}

function lastBytes(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const from = Math.max(0, fstatSync(file).size - tailBytes);
    const buffer = Buffer.alloc(tailBytes);
    return buffer.subarray(0, readSync(file, buffer, 0, tailBytes, from));
  } finally {
    closeSync(file);
  }
}

/** No two names have one: `admin/users` and `admin-users` are different scripts. */
function fileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}_.-]|^\./gu, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}
