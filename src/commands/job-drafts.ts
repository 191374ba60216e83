/** From the words of `run` to what is ordered. */
import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { CommandInput } from "../cli/command.ts";
import type { ProjectFact } from "../model/facts.ts";
import { UserError } from "../model/failure.ts";
import { errorPolicies, limitFlags, type JobDraft } from "../model/job.ts";
import { limitNames, type Limits } from "../model/supervision.ts";
import type { EngineRuntime } from "../runtime.ts";
import { functionCommand } from "./function-command.ts";
import { positiveFlag } from "./job-orders.ts";
import { jobProjects } from "./job-projects.ts";
import { listFlag, textFlag } from "./targets.ts";

const usualAttempts = 3;

/** What describes a job: options, and the words behind `--`. */
export type DraftWords = Pick<CommandInput, "flags" | "passthrough">;

/** Jobs that run so many at once: as `--concurrency` says, else as many as there are processors. */
export function batchOf(input: DraftWords): NonNullable<JobDraft["batch"]> {
  return { id: randomBytes(8).toString("hex"), concurrency: Math.ceil(positiveFlag(input, "concurrency") ?? availableParallelism()) };
}

/** One job for every project that is meant. Throws a UserError for anything wrong with the words. */
export async function draftsOf(input: DraftWords, runtime: Pick<EngineRuntime, "checkout" | "discoverProjects">): Promise<readonly JobDraft[]> {
  const command = commandOf(input);
  const projects = await jobProjects(input, runtime);
  const timeoutS = positiveFlag(input, "timeout");
  const [name, service] = [textFlag(input.flags, "name"), textFlag(input.flags, "service")];
  const env = Object.fromEntries(listFlag(input.flags, "env").map((pair) => keyValue("env", pair)));
  refuseNul([...command, ...Object.entries(env).flat(), name ?? ""]);
  const shared = {
    command,
    tags: listFlag(input.flags, "tag"),
    ...locksOf(input),
    env,
    onError: errorPolicies.find((one) => one === input.flags["on-error"]) ?? ("keep" as const),
    maxAttempts: Math.ceil(positiveFlag(input, "max-attempts") ?? usualAttempts),
    ...(name === undefined ? {} : { name }),
    ...(service === undefined ? {} : { service }),
    ...(timeoutS === undefined ? {} : { timeoutMs: bounded(timeoutS * 1000) }),
    ...limitsOf(input),
    ...outputLimit(input),
    ...standardInput(input),
    ...lineInput(input),
    ...(projects.length === 1 ? {} : { batch: batchOf(input) }),
  };
  return projects.map((project) => ({ ...shared, project: project.name, ...placeIn(project, projects.length === 1 && service === undefined) }));
}

function locksOf({ flags }: DraftWords): Pick<JobDraft, "uses" | "claims"> {
  const [uses, claims] = [listFlag(flags, "uses"), listFlag(flags, "claims")];
  return { ...(uses.length === 0 ? {} : { uses }), ...(claims.length === 0 ? {} : { claims }) };
}

/** What stands behind `--`, or the call of a function. */
function commandOf({ passthrough, flags }: DraftWords): readonly string[] {
  const call = textFlag(flags, "function");
  const [args, kw] = [listFlag(flags, "arg"), listFlag(flags, "kw")];
  if (call === undefined && args.length + kw.length > 0) throw new UserError({ reason: "usage_invalid", message: "--arg and --kw belong to --function", hint: "a command's own words stand behind --" });
  if (call === undefined && passthrough.length === 0) throw new UserError({ reason: "usage_invalid", message: "there is nothing to run", hint: "put the command behind --, for example `envctl run -- npm test`" });
  if (call === undefined) return passthrough;
  if (passthrough.length > 0) throw new UserError({ reason: "usage_invalid", message: "--function and a command behind -- exclude each other", hint: "leave one of them out" });
  return functionCommand(call, args, Object.fromEntries(kw.map((pair) => keyValue("kw", pair))));
}

const longestInputBytes = 16 * 1024 * 1024;

/** `-` is this command's own standard input, read to its end. */
function standardInput({ flags }: DraftWords): Pick<JobDraft, "input"> {
  const given = textFlag(flags, "input");
  if (given === undefined) return {};
  const input = given === "-" ? textIn(readFileSync(0)) : given;
  if (input.length <= longestInputBytes) return { input };
  throw new UserError({ reason: "usage_invalid", message: `the input has ${input.length} characters, more than ${longestInputBytes}`, hint: "write it to a file, and have the command read that" });
}

/** An order holds text; other bytes would arrive as something else. */
function textIn(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  throw new UserError({ reason: "usage_invalid", message: "the input is not text in UTF-8", hint: "write it to a file, and have the command read that" });
}

const excludesLines = ["input", "all", "pipeline"] as const;

/** A pipe is one launch's: what went into it is not there for another. */
function lineInput({ flags }: DraftWords): Pick<JobDraft, "takesLines"> {
  if (flags["attach"] !== true) return {};
  const other = excludesLines.find((name) => flags[name] !== undefined) ?? (flags["on-error"] === "requeue" ? "on-error requeue" : undefined);
  if (other === undefined && listFlag(flags, "project").length < 2) return { takesLines: true };
  throw new UserError({ reason: "usage_invalid", message: `--attach and ${other === undefined ? "several projects" : `--${other}`} exclude each other`, hint: "leave one of them out" });
}

function limitsOf(input: DraftWords): Pick<JobDraft, "limits"> {
  const [memory, cpu, fds, connections] = limitNames.map((name) => positiveFlag(input, limitFlags[name]));
  const limits: Limits = {
    ...(memory === undefined ? {} : { memoryBytes: bounded(memory * 1024 * 1024) }),
    ...(cpu === undefined ? {} : { cpuShare: cpu / 100 }),
    ...(fds === undefined ? {} : { fds }),
    ...(connections === undefined ? {} : { connections }),
    onLimit: "kill",
  };
  return Object.keys(limits).length === 1 ? {} : { limits };
}

/** Beyond that nobody waits, and nothing is that large. */
function bounded(value: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, value);
}

/** A program cannot be given one: it would only be left out. What is written down can hold it. */
function refuseNul(words: readonly string[]): void {
  const word = words.find((one) => one.includes("\0"));
  if (word !== undefined) throw new UserError({ reason: "usage_invalid", message: `${JSON.stringify(word)} holds a NUL character, which no command, variable or name can have`, hint: "hand such bytes on as `input`, or in a file" });
}

function outputLimit(input: DraftWords): Pick<JobDraft, "maxOutputBytes"> {
  const mebibytes = positiveFlag(input, limitFlags.output);
  return mebibytes === undefined ? {} : { maxOutputBytes: Math.ceil(bounded(mebibytes * 1024 * 1024)) };
}

/** Where the caller stands, when that is inside the only project; else the service's directory, or the project's root. */
function placeIn({ root }: ProjectFact, isCallersPlace: boolean): Pick<JobDraft, "directory"> {
  const directory = process.cwd();
  return isCallersPlace && (directory === root || directory.startsWith(`${root}/`)) ? { directory } : {};
}

function keyValue(flag: string, text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UserError({ reason: "usage_invalid", message: `--${flag} needs KEY=VALUE, not "${text}"`, hint: `for example --${flag} MODE=fast` });
}
