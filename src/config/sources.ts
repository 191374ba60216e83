/** Reads the configuration files of one checkout, in either form. */
import { isAbsolute, join } from "node:path";
import type { ConfigLayer } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { invalid } from "./entry.ts";
import type { Entry, Reading } from "./entry.ts";
import { readConfigText, treeAt } from "./files.ts";
import { isUsedKey } from "./legacy/known.ts";
import { isLegacyText, readLegacyLines } from "./legacy/lines.ts";
import type { LegacyFile, LegacyValue } from "./legacy/lines.ts";
import { readLegacy } from "./legacy/read.ts";
import { readYaml } from "./yaml-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration file as found, its form recognised. */
export type SourceFile =
  | { readonly form: "absent"; readonly file: string }
  | { readonly form: "failed"; readonly file: string; readonly failure: Failure }
  | { readonly form: "yaml" | "legacy"; readonly file: string; readonly text: string };

/** Everything the files of a checkout say, weakest first. */
export interface CheckoutReading extends Reading {
  readonly files: readonly string[];
  /** The main file is in the Python engine's form, and the environment's keys are in `entries` already. */
  readonly isLegacy: boolean;
}

export interface CheckoutFiles {
  readonly root: string;
  readonly main: SourceFile;
  readonly profile?: SourceFile;
  readonly local: SourceFile;
}

/** Looks at a file without judging its content. */
export function sourceFile(file: string): SourceFile {
  const reading = readConfigText(file);
  if (reading.state === "absent") return { form: "absent", file };
  if (reading.state === "failed") return { form: "failed", file, failure: reading.failure };
  return sourceText(file, reading.text);
}

/** A text that is, or is to become, the file's. */
export function sourceText(file: string, written: string): SourceFile {
  const text = written.replace(/^\uFEFF/, "");
  return { form: isLegacyText(text) ? "legacy" : "yaml", file, text };
}

/** The main file of a checkout; ENVCTL_CONFIG_FILE names another, as in the Python engine. */
export function mainFile(root: string, environment: Environment = {}): SourceFile {
  const other = environment["ENVCTL_CONFIG_FILE"];
  return sourceFile(other === undefined || other === "" ? join(root, ".envctl") : isAbsolute(other) ? other : join(root, other));
}

/** Reads a YAML file of any layer; an absent file says nothing. */
export function readSource(source: SourceFile, layer: ConfigLayer): Reading {
  if (source.form === "absent") return nothing;
  if (source.form === "failed") return { ...nothing, failures: [source.failure] };
  return readYaml(source.text, source.file, layer);
}

/** Reads a checkout's files. A main file without any content is a mistake and said so. */
export function readCheckout(files: CheckoutFiles, environment: Environment): CheckoutReading {
  const { main, profile, local } = files;
  const named = [main, ...(profile === undefined ? [] : [profile]), local].filter(({ form }) => form !== "absent").map(({ file }) => file);
  const isLegacy = main.form === "legacy";
  const first = isLegacy ? readLegacyMain(files, environment) : emptyChecked(readSource(main, "repository"), main);
  const others = [profile, local].map((source, index): Reading => {
    if (source === undefined || source.form === "legacy") return isLegacy || source === undefined ? nothing : legacyBesideYaml(source);
    return readSource(source, index === 0 ? "profile" : "local");
  });
  return { ...joined([first, ...others]), files: named, isLegacy };
}

function legacyBesideYaml(source: SourceFile): Reading {
  return { ...nothing, failures: [invalid(`${source.file} is in the KEY=value form, but .envctl is YAML`, "write it as YAML, with the same keys as .envctl", { file: source.file, line: 1 })] };
}

/** Key by key, the strongest of file, profile, local file and environment counts; then all keys are read together. */
function readLegacyMain(files: CheckoutFiles, environment: Environment): Reading {
  const layers = [["repository", files.main], ["profile", files.profile], ["local", files.local]] as const;
  const parts = layers.flatMap(([layer, source]) => (source?.form === "legacy" ? [readLegacyLines(source.text, source.file, layer)] : []));
  const values = new Map<string, LegacyValue>(parts.flatMap((part) => [...part.values]));
  const services = (environment["ENVCTL_ADDITIONAL_SERVICES"] ?? values.get("ENVCTL_ADDITIONAL_SERVICES")?.text ?? "").split(",").map((name) => name.trim());
  for (const [name, text] of Object.entries(environment)) {
    if (text !== undefined && isUsedKey(name, ["backend", "frontend", ...services], false)) values.set(name, { text, origin: { layer: "environment", name } });
  }
  const whole: LegacyFile = {
    file: files.main.file,
    values,
    sections: parts.flatMap(({ sections }) => sections),
    failures: parts.flatMap(({ failures }) => failures),
    warnings: parts.flatMap(({ warnings }) => warnings),
  };
  return readLegacy({ ...whole, tree: treeAt(files.root) });
}

function emptyChecked(reading: Reading, source: SourceFile): Reading {
  const isEmpty = source.form === "yaml" && reading.entries.length === 0 && reading.failures.length === 0;
  if (!isEmpty || !source.text.split("\n").every((line) => /^\s*(?:#.*)?$/.test(line))) return reading;
  return { ...reading, failures: [invalid(`${source.file} is empty`, "fill it with `envctl config --detect --write`, or remove it", { file: source.file, line: 1, column: 1 })] };
}

/** Puts readings together, in order. */
export function joined(readings: readonly Reading[]): Reading {
  const entries: Entry[] = [];
  const [failures, warnings]: [Failure[], Failure[]] = [[], []];
  for (const reading of readings) {
    entries.push(...reading.entries);
    failures.push(...reading.failures);
    warnings.push(...reading.warnings);
  }
  return { entries, failures, warnings };
}

export const nothing: Reading = { entries: [], failures: [], warnings: [] };
