/** A tool's call as a command of this very program, in a process of its own, and what it answered. */
import type { CommandSpec, FlagSpec } from "../../cli/command.ts";
import type { EngineRuntime } from "../../runtime.ts";
import { ownCommand } from "../dashboard/programs.ts";
import type { ToolRow } from "./tools.ts";

export interface Answer {
  /** Of JSON: one object, or with a streaming command that reports nothing its lines. */
  readonly value: unknown;
  /** Undefined when it was ended, or could not be run. */
  readonly code: number | undefined;
}

export interface CallOptions {
  readonly runtime: Pick<EngineRuntime, "host" | "checkout">;
  readonly signal: AbortSignal;
  /** Told every line but the last of a streaming command. */
  readonly onLine?: (line: string) => void;
}

/** Longer than any deadline a command has of its own. */
const longestMs = 3_600_000;
/** An answer has to fit where an agent keeps it. */
const mostCharacters = 200_000;

/** The words of a call; every input stands behind its flag with `=`, so that none is read as another flag. */
export function wordsOf(row: ToolRow, flags: readonly FlagSpec[], given: Readonly<Record<string, unknown>>): readonly string[] {
  const words = (row.words ?? []).flatMap(({ name }) => [given[name] ?? []].flat().map(String));
  const options = (row.flags ?? []).flatMap((name) => {
    const value = given[inputName(name)];
    if (value === undefined || value === false) return [];
    return flags.find((one) => one.name === name)?.value === undefined ? [`--${name}`] : [value].flat().map((one) => `--${name}=${String(one)}`);
  });
  const command = row.runs === true ? ["--", ...[given["command"] ?? []].flat().map(String)] : [];
  return [row.command, ...(row.fixed ?? []), ...words, ...options, "--json", "--headless", ...command];
}

/** `since-seq` as agents write names. */
export function inputName(flag: string): string {
  return flag.replaceAll("-", "_");
}

/** Runs a command to its end. Cancelled, it is ended as Ctrl-C ends it. */
export async function answerOf(words: readonly string[], spec: Pick<CommandSpec, "streams">, options: CallOptions): Promise<Answer> {
  const { host, checkout } = options.runtime;
  const result = await host.runProgram(ownCommand(words), {
    directory: checkout.projectRoot,
    environment: host.environment,
    timeoutMs: longestMs,
    signal: options.signal,
    ...(options.onLine === undefined || spec.streams !== true ? {} : { onLine: options.onLine }),
  });
  const { code, stdout, stderr, trouble } = result;
  // A stream without a line: nothing has happened, which is an answer.
  if (stdout === "" && code === 0 && spec.streams === true) return { code, value: { events: [] } };
  if (stdout === "") return { code, value: { message: [trouble, stderr].filter((text) => text !== undefined && text !== "").join("\n") || "it said nothing" } };
  if (stdout.length > mostCharacters) return { code: undefined, value: { message: `The answer is ${Math.ceil(stdout.length / 1024)} KiB long.`, hint: "Ask for less: fewer projects or lines, a filter, or what came after the last one." } };
  return { code, value: spec.streams === true ? lastOrAll(stdout.split("\n")) : (JSON.parse(stdout) as unknown) };
}

/** What a streaming command reports in the end; the lines where it reports nothing. */
function lastOrAll(lines: readonly string[]): unknown {
  const records: readonly unknown[] = lines.map((line): unknown => JSON.parse(line));
  const last = records.at(-1);
  const isEvent = typeof last === "object" && last !== null && "seq" in last;
  return isEvent ? { events: records } : last;
}

/** A look-up may find what is out of order and is an answer still. */
export function isFailed({ kind }: Pick<ToolRow, "kind">, { code, value }: Answer): boolean {
  const isRefusal = typeof value === "object" && value !== null && "ok" in value && value.ok === false && "error" in value;
  return isRefusal || code === undefined || (kind !== "reads" && code !== 0);
}
