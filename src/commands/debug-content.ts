/** What goes into a debug pack: every part for itself, so that a damaged one keeps none of the others away. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { arch, platform, release } from "node:os";
import type { CommandInput } from "../cli/command.ts";
import { diagnosisOf, spansOf } from "../model/diagnosis.ts";
import type { Event } from "../model/events.ts";
import type { RunState } from "../model/run-state.ts";
import type { Redaction } from "../redaction/redact.ts";
import type { EngineRuntime } from "../runtime.ts";
import { newestStart, waterfallOf } from "../ui/waterfall.ts";
import { waterfallSvg } from "../ui/waterfall-svg.ts";
import { intentOf } from "./intent.ts";
import { keptUsage } from "./kept-usage.ts";
import { readTail } from "./log-file.ts";
import { runRedaction } from "./log-secrets.ts";
import { latestSuiteLogs, latestSuiteVariables } from "./suite-logs.ts";

export interface PackedFile {
  readonly path: string;
  readonly content: Buffer;
  /** How often each rule hid something. */
  readonly redacted: Readonly<Record<string, number>>;
}

export interface PackContent {
  readonly runId: string | null;
  readonly files: readonly PackedFile[];
  /** What could not be had, and why. */
  readonly missing: readonly { readonly path: string; readonly because: string }[];
}

export interface PackOptions {
  readonly version: string;
  /** Of each log. */
  readonly lines: number;
  /** Commands as hashes: the same command has the same one. */
  readonly hashesCommands: boolean;
}

/** One file of a pack: a value becomes JSON, texts stay lines. */
interface Part {
  readonly path: string;
  readonly make: () => Promise<unknown> | unknown;
}

const logBytes = 256 * 1024;
/** An event log of a long run: the end says most. */
const mostEvents = 5000;

/** Reads everything there is. Needs no daemon, and no state that can be read. */
export async function packContent(input: CommandInput, runtime: EngineRuntime, options: PackOptions): Promise<PackContent> {
  const state = quietly(() => runtime.repository.latest()?.state);
  const redaction = await runRedaction(state, Object.values(state?.units ?? {}), runtime, await latestSuiteVariables(runtime));
  const made = await Promise.all([...usualParts(input, runtime, options, state), ...logParts(runtime, options, state)].map((part) => packed(part, redaction, options)));
  return {
    runId: state?.runId ?? null,
    files: made.flatMap((one) => ("content" in one ? [one] : [])),
    missing: made.flatMap((one) => ("because" in one ? [one] : [])),
  };
}

function usualParts(input: CommandInput, runtime: EngineRuntime, options: PackOptions, state: RunState | undefined): readonly Part[] {
  const events = (): readonly Event[] => runtime.repository.events(known(state).runId);
  const intent = intentOf("start", input, runtime);
  return [
    { path: "versions.json", make: () => versionsOf(options.version, state) },
    { path: "doctor.json", make: async () => (await runtime.examine({ intent })).map(({ finding }) => finding) },
    { path: "config.json", make: async () => configOf(runtime) },
    { path: "plan.json", make: () => runtime.preview(intent) },
    { path: "diagnosis.json", make: () => diagnosisOf(events()) },
    { path: "timings.json", make: () => spansOf(events()) },
    { path: "waterfall.svg", make: () => waterfallSvg(newestStart(waterfallOf(events())), Date.parse(known(state).updatedAt)) || noPart("nothing was started") },
    { path: "run_state.json", make: () => known(state) },
    { path: "events.jsonl", make: () => events().slice(-mostEvents) },
    { path: "processes.json", make: () => runtime.unitProcesses(known(state)) },
    { path: "figures.json", make: () => runtime.figures() ?? noPart("no daemon measures") },
    { path: "usage.json", make: () => keptUsage(known(state).runId, runtime) ?? noPart("nothing was measured") },
  ];
}

function logParts(runtime: EngineRuntime, { lines }: PackOptions, state: RunState | undefined): readonly Part[] {
  const tail = (path: string) => async (): Promise<readonly string[]> => {
    const found = await readTail(path, { lines, bytes: logBytes });
    return found.exists ? found.lines.map(({ text }) => text) : noPart(found.trouble ?? "there is none");
  };
  const units = Object.values(state?.units ?? {}).filter(({ starts }) => starts > 0);
  return [
    { path: "logs/daemon.log", make: tail(runtime.scope.daemonLog) },
    ...newestRecording(runtime).map((path): Part => ({ path: "recording.jsonl", make: tail(path) })),
    ...latestSuiteLogs(runtime.scope.suites).map(({ name, path }): Part => ({ path: `suite/${name}`, make: tail(path) })),
    ...units.map(({ spec, logPath }): Part => ({ path: `logs/${spec.id}.log`, make: tail(logPath ?? runtime.repository.logPath(known(state).runId, spec.id)) })),
  ];
}

/** Where somebody asked for one. */
function newestRecording({ scope }: Pick<EngineRuntime, "scope">): readonly string[] {
  const directory = join(scope.root, "debug", "recordings");
  return (quietly(() => readdirSync(directory)) ?? []).toSorted().slice(-1).map((name) => join(directory, name));
}

function versionsOf(version: string, state: RunState | undefined): unknown {
  const servers = Object.values(state?.units ?? {}).flatMap(({ spec }) => (spec.requirement === undefined ? [] : [[spec.id, `${spec.requirement.adapter} ${spec.requirement.version}`] as const]));
  return { envctl: version, node: process.version, platform: platform(), arch: arch(), kernel: release(), servers: Object.fromEntries(servers) };
}

async function configOf({ resolveConfig }: Pick<EngineRuntime, "resolveConfig">): Promise<unknown> {
  const { config, origins, files, warnings } = await resolveConfig({});
  return { files, config, origins, warnings };
}

/** Throws in place of what is not there; told as missing. */
function noPart(because: string): never {
  throw new Error(because);
}

function known(state: RunState | undefined): RunState {
  return state ?? noPart("no run can be read");
}

async function packed({ path, make }: Part, redaction: Redaction, { hashesCommands }: PackOptions): Promise<PackedFile | { readonly path: string; readonly because: string }> {
  const redacted: Record<string, number> = {};
  const note = (rule: string): void => void (redacted[rule] = (redacted[rule] ?? 0) + 1);
  try {
    const made = await make();
    const shown = redaction.value(hashesCommands ? withHashedCommands(made) : made, note);
    return { path, content: Buffer.from(textOf(path, shown)), redacted };
  } catch (error) {
    return { path, because: redaction.text(error instanceof Error ? error.message : String(error)) };
  }
}

function textOf(path: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (path.endsWith(".json")) return `${JSON.stringify(value, undefined, 2)}\n`;
  const lines = Array.isArray(value) ? value.map((one: unknown) => (typeof one === "string" ? one : JSON.stringify(one))) : [];
  return lines.map((line) => `${line}\n`).join("");
}

/** Whatever stands under `command` or `argv`. */
function withHashedCommands(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withHashedCommands);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === "command" || key === "argv" ? commandHash(one) : withHashedCommands(one)]));
}

function commandHash(command: unknown): string {
  const text = Array.isArray(command) ? command.join(" ") : String(command);
  return `sha256:${createHash("sha256").update(text).digest("hex").slice(0, 12)} (${text.length} letters)`;
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
