/** Changes of a repository's main configuration file: each is made as a text, judged as a whole, and only then written. */
import type { Config } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { proposedYaml } from "./proposed.ts";
import { detect } from "./detect.ts";
import type { Detection, Detector } from "./detect/proposal.ts";
import { dotted, invalid, mergeEntries } from "./entry.ts";
import { readFlags } from "./environment.ts";
import { createConfigText, readConfigText, replaceConfigText, treeAt } from "./files.ts";
import { rowAt } from "./key-tree.ts";
import type { Plain } from "./keys.ts";
import { directKeys } from "./legacy/known.ts";
import { differences, migrated } from "./migrate.ts";
import { resolveConfig } from "./resolve.ts";
import type { ConfigInput } from "./resolve.ts";
import type { SetupAnswers } from "../model/setup.ts";
import { answered, changesBetween, configuredAnswers, proposedAnswers } from "./setup.ts";
import { mainFile, readCheckout, sourceFile } from "./sources.ts";
import { editedYaml } from "./yaml-edit.ts";
import type { ConfigChange } from "./yaml-edit.ts";

/** A text that is to become the file's. */
export interface Draft {
  readonly text: string;
  readonly notes: readonly string[];
}

/** What can be done to a main configuration file. Only `write` has an effect. */
export interface ConfigWorkbench {
  readonly path: string;
  /** The file's text; undefined where there is none. */
  readonly current: string | undefined;
  /** There is no file, or one of nothing but comments. */
  readonly isEmpty: boolean;
  /** A first file, from what the repository holds. */
  propose(): Draft & { readonly detection: Detection };
  /** `services.backend.port=8100`, and keys to remove. Throws what is wrong with them. */
  set(assignments: readonly string[], removed: readonly string[]): Draft;
  /** The leaves of a JSON object in the form of the file; null removes. */
  merge(json: string): Draft;
  /** The Python engine's form as YAML. */
  migrate(): Draft;
  /** What is configured, or would be proposed, as answers to the questions of the setup. */
  answers(): SetupAnswers;
  /** The file with the answers in it. */
  answered(answers: SetupAnswers): Draft;
  /** Everything that would be wrong with the configuration, told with places in the text. */
  problems(text: string): readonly Failure[];
  /** Refuses to overwrite what changed meanwhile. */
  write(text: string): void;
}

/** `detectors`: those of plug-ins. */
export function configWorkbench(input: ConfigInput, detectors: readonly Detector[] = []): ConfigWorkbench {
  const detected = (): Detection => detect(treeAt(input.repository), detectors);
  const source = mainFile(input.repository, input.environment);
  if (source.form === "failed") throw new UserError(source.failure);
  const path = source.file;
  const current = source.form === "absent" ? undefined : source.text;
  const isEmpty = current === undefined || saysNothing(current);
  const changed = (changes: readonly ConfigChange[]): Draft => {
    if (source.form === "legacy") throw new UserError(invalid(`${path} is in the KEY=value form`, "`envctl config migrate` rewrites it as YAML; then it can be changed"), exitCodes.conflict);
    return { text: editedYaml(current ?? "version: 1\n", changes), notes: [] };
  };
  return {
    path,
    current,
    isEmpty,
    propose: () => {
      const detection = detected();
      return { text: `${commentsAbove(current)}${proposedYaml(detection)}`, notes: detection.notes, detection };
    },
    set: (assignments, removed) => changed([...assignments.map((text) => assignment(text, input)), ...removed.map((key) => ({ path: pathOf(key) }))]),
    merge: (json) => changed(leavesOf(parsedJson(json), [])),
    migrate: () => migration(input, path),
    answers: () => (isEmpty ? proposedAnswers(detected()) : configuredAnswers(configIn(input))),
    answered: (answers) => {
      if (!isEmpty) return changed(changesBetween(configuredAnswers(configIn(input)), answers));
      const detection = answered(detected(), answers);
      return { text: `${commentsAbove(current)}${proposedYaml(detection, answers.defaultMode)}`, notes: detection.notes };
    },
    problems: (text) => problemsOf({ ...input, draft: text }),
    write: (text) => write(path, source.form === "absent" ? undefined : readConfigText(path), current, text),
  };
}

/** The comments of a file that holds nothing else stay on top. */
function commentsAbove(current: string | undefined): string {
  return current === undefined || current.trim() === "" || !saysNothing(current) ? "" : `${current.trim()}\n\n`;
}

function saysNothing(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(?:#.*)?$/.test(line));
}

/** Checked as a flag of `start` would be, so that the same mistakes get the same words. */
function assignment(text: string, input: ConfigInput): ConfigChange {
  const at = text.indexOf("=");
  if (at < 1) throw new UserError(invalid(`--set ${text} has no value`, "write it as --set services.backend.port=8100"));
  const [key, value] = [text.slice(0, at), text.slice(at + 1)];
  const known = readCheckout({ root: input.repository, main: sourceFile(mainFile(input.repository, input.environment).file), local: { form: "absent", file: "" } }, {});
  const reading = readFlags({ [key]: value }, mergeEntries([known.entries]));
  const [entry] = reading.entries;
  if (reading.failures.length > 0 || entry === undefined) throw new UserError(reading.failures);
  return { path: entry.path, value: formOf(entry.path, entry.value, value) };
}

/** Kept as it was typed where the unit would be lost. */
function formOf(path: readonly string[], value: Plain, typed: string): Plain {
  const row = rowAt(path);
  if (row === undefined) return value;
  if (row.type === "duration" || row.type === "size" || row.type === "percent") return /^\d+$/.test(typed.trim()) ? Number(typed) : typed.trim();
  return row.path === "version" ? Number(value) : value;
}

function pathOf(key: string): readonly string[] {
  return (directKeys.get(key) ?? key).split(".");
}

function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new UserError(invalid(`standard input is not JSON: ${error instanceof Error ? error.message : String(error)}`, 'write for example {"services":{"backend":{"port":8100}}}'));
  }
}

/** Objects are walked, everything else is a value; a key may be a dotted path. */
function leavesOf(value: unknown, path: readonly string[]): readonly ConfigChange[] {
  if (isRecord(value) && !(path.length > 0 && Object.keys(value).length === 0)) return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, ...(isVariable(path) ? [key] : pathOf(key))]));
  if (path.length === 0) throw new UserError(invalid("standard input holds no JSON object", 'write for example {"services":{"backend":{"port":8100}}}'));
  if (value === null) return [{ path }];
  if (!isPlain(value)) throw new UserError(invalid(`\`${dotted(path)}\` holds a value that cannot be configured`));
  return [{ path, value }];
}

function isVariable(path: readonly string[]): boolean {
  return path.length === 3 && path[2] === "env";
}

function migration(input: ConfigInput, path: string): Draft {
  const source = sourceFile(path);
  if (source.form !== "legacy") throw new UserError(invalid(source.form === "absent" ? `${path} is not there` : `${path} is YAML already`, source.form === "absent" ? "`envctl config --detect --write` makes one" : undefined), exitCodes.conflict);
  // Without the environment: what it sets is the caller's, not the file's.
  const plain: ConfigInput = { ...input, environment: {} };
  const { text, lost } = migrated(source.text, readCheckout({ root: input.repository, main: source, local: { form: "absent", file: "" } }, {}));
  const differing = differences(plain, text);
  return { text, notes: [...lost, ...differing.map((key) => `\`${key}\` is not as before; check it with \`envctl show-config\``)] };
}

/** Of the files alone: what the caller's environment sets is not the file's. */
function configIn(input: ConfigInput): Config {
  return resolveConfig({ ...input, environment: {} }).resolved.config;
}

function problemsOf(input: ConfigInput): readonly Failure[] {
  try {
    resolveConfig(input);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.failures;
    throw error;
  }
}

function write(path: string, now: ReturnType<typeof readConfigText> | undefined, before: string | undefined, text: string): void {
  const isSame = now === undefined || (now.state === "read" && now.text.replace(/^\uFEFF/, "") === before);
  try {
    if (isSame && before !== undefined) return replaceConfigText(path, text);
    if (isSame && createConfigText(path, text)) return undefined;
  } catch (error) {
    throw new UserError({ reason: "state_unwritable", message: `${path} could not be written: ${error instanceof Error ? error.message : String(error)}.` });
  }
  throw new UserError(invalid(`${path} was changed by somebody else meanwhile; nothing was written`, "run the command again"), exitCodes.conflict);
}

function isPlain(value: unknown): value is Plain {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  return isRecord(value) && Object.values(value).every(isPlain);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
