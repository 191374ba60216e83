/** Stored jobs, `.envctl.d/tasks/NAME.json`: what could be said with options of `run`, written down. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CommandInput, FlagValue } from "../cli/command.ts";
import { exitCodes, UserError, type Failure } from "../model/failure.ts";
import { errorPolicies } from "../model/job.ts";
import { nearestName } from "../model/nearest.ts";

/** What stands in place of the options and the words behind `--`. */
export interface StoredTask {
  readonly flags: Readonly<Record<string, FlagValue>>;
  readonly passthrough: readonly string[];
}

interface Field {
  readonly flag: string;
  /** What its value must be, in words. */
  readonly wants: string;
  /** The option's value; undefined when it is not that. */
  read(value: unknown): FlagValue | undefined;
}

const text: Pick<Field, "wants" | "read"> = { wants: "a text", read: (value) => (typeof value === "string" && value !== "" ? value : undefined) };
const positive: Pick<Field, "wants" | "read"> = { wants: "a number above 0", read: (value) => (typeof value === "number" && value > 0 ? String(value) : undefined) };
const texts: Pick<Field, "wants" | "read"> = { wants: "a list of texts", read: (value) => (isTexts(value) ? value : undefined) };

/** Every key but `command`. */
const fields: Readonly<Record<string, Field>> = {
  name: { flag: "name", ...text },
  service: { flag: "service", ...text },
  function: { flag: "function", ...text },
  args: { flag: "arg", wants: "a list", read: (value) => (Array.isArray(value) ? value.map((one: unknown) => JSON.stringify(one)) : undefined) },
  kw: { flag: "kw", wants: "an object", read: (value) => (isObject(value) ? Object.entries(value).map(([key, one]) => `${key}=${JSON.stringify(one)}`) : undefined) },
  env: { flag: "env", wants: "an object of texts", read: (value) => (isObject(value) && isTexts(Object.values(value)) ? Object.entries(value).map(([key, one]) => `${key}=${String(one)}`) : undefined) },
  tags: { flag: "tag", ...texts },
  input: { flag: "input", wants: 'a text, or "-" for standard input', read: (value) => (typeof value === "string" ? value : undefined) },
  timeout: { flag: "timeout", ...positive },
  memory: { flag: "memory", ...positive },
  cpu: { flag: "cpu", ...positive },
  max_fds: { flag: "max-fds", ...positive },
  max_connections: { flag: "max-connections", ...positive },
  max_output: { flag: "max-output", ...positive },
  on_error: { flag: "on-error", wants: `one of ${errorPolicies.join(", ")}`, read: (value) => errorPolicies.find((one) => one === value) },
  uses: { flag: "uses", ...texts },
  claims: { flag: "claims", ...texts },
  max_attempts: { flag: "max-attempts", ...positive },
};

/** A first task to go on from. */
export const exampleTask = { command: ["npm", "test"], service: "backend", timeout: 600, env: { CI: "1" }, tags: ["tests"], on_error: "keep" };

/** Where a project's tasks are. */
export function tasksDirectory(projectRoot: string): string {
  return join(projectRoot, ".envctl.d", "tasks");
}

/** Names of a project's tasks, sorted. */
export function taskNames(projectRoot: string): readonly string[] {
  return namesIn(tasksDirectory(projectRoot));
}

function namesIn(directory: string): readonly string[] {
  const isDirectory = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
  const files = isDirectory ? readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.name.endsWith(".json") && !entry.isDirectory()) : [];
  return files.map(({ name }) => name.slice(0, -".json".length)).sort();
}

/** The file a word means: a path, or the name of a task. Throws a UserError, exit 2, when it is not there. */
export function taskPath(word: string, projectRoot: string): string {
  return storedPath(word, "task", tasksDirectory(projectRoot));
}

/** The same for anything that is kept as `NAME.json` in a directory. */
export function storedPath(word: string, what: string, directory: string): string {
  const isPath = word.includes("/") || word.endsWith(".json");
  const path = isPath ? resolve(word) : join(directory, `${word}.json`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) return path;
  const names = namesIn(directory);
  const nearest = nearestName(word, names);
  const known = names.length === 0 ? `there is none in ${directory}` : `known: ${names.join(", ")}`;
  throw new UserError({ reason: "unknown_target", message: isPath ? `${path} does not exist` : `no ${what} is called "${word}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: known }, exitCodes.interrupted);
}

/** Throws a UserError that names everything wrong with it. */
export function readTask(path: string): StoredTask {
  return taskOf(readObject(path), path);
}

/** The same for a value; `path` is the file it is from. */
export function taskOf(value: Readonly<Record<string, unknown>>, path: string): StoredTask {
  const failures = troubles(value, path);
  if (failures.length > 0) throw new UserError(failures);
  const { command, ...others } = value;
  const flags = Object.entries(others).flatMap(([key, one]): readonly (readonly [string, FlagValue])[] => {
    const read = fields[key]?.read(one);
    return read === undefined ? [] : [[fields[key]?.flag ?? key, read]];
  });
  return { flags: Object.fromEntries(flags), passthrough: typeof command === "string" ? ["sh", "-c", command] : isTexts(command) ? command : [] };
}

/** The words of a call over those of the task it names; the words win. */
export function withTask<W extends Pick<CommandInput, "flags" | "passthrough">>(input: W, projectRoot: string): W {
  const word = input.flags["spec"];
  if (typeof word !== "string") return input;
  const { flags, passthrough } = readTask(taskPath(word, projectRoot));
  if (passthrough.length > 0 && input.passthrough.length > 0) throw new UserError({ reason: "usage_invalid", message: "--spec and a command behind -- exclude each other", hint: "leave one of them out" });
  return { ...input, flags: { ...flags, ...input.flags }, passthrough: [...passthrough, ...input.passthrough] };
}

/** Throws a UserError for anything but an object. */
export function readObject(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (isObject(value)) return value;
  } catch (error) {
    throw new UserError({ reason: "configuration_invalid", message: `${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`, place: { file: path } });
  }
  throw new UserError({ reason: "configuration_invalid", message: `${path} holds no object`, hint: "see `envctl spec generate`", place: { file: path } });
}

function troubles(value: Readonly<Record<string, unknown>>, file: string): readonly Failure[] {
  const wrong = (message: string, hint?: string): Failure => ({ reason: "configuration_invalid", message: `${file}: ${message}`, place: { file }, ...(hint === undefined ? {} : { hint }) });
  const { command, ...others } = value;
  const about = Object.entries(others).flatMap(([key, one]) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const nearest = nearestName(key, ["command", ...Object.keys(fields)]);
    if (field === undefined) return [wrong(`unknown key "${key}"`, nearest === undefined ? `known keys: command, ${Object.keys(fields).join(", ")}` : `did you mean "${nearest}"?`)];
    return field.read(one) === undefined ? [wrong(`${key} must be ${field.wants}, not ${JSON.stringify(one)}`)] : [];
  });
  const isCommand = (typeof command === "string" && command !== "") || (isTexts(command) && command.length > 0);
  if (command !== undefined && !isCommand) return [...about, wrong(`command must be a text or a list of texts, not ${JSON.stringify(command)}`)];
  return (command === undefined) === (others["function"] === undefined) ? [...about, wrong("needs either a command or a function", 'for example "command": ["npm", "test"]')] : about;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** Whether it has keys. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
