/** Validates the settings of a requirement as written, all problems at once. */
import type { CommandText, RequirementConfig } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import { nearestName } from "../../model/nearest.ts";

/** A value, or what it should have been. */
export type Reading<T> = { readonly value: T } | { readonly expected: string };

/** Reads one setting; `raw` is undefined when it is not written. Values of the `KEY=value` form are text. */
export type Reader<T> = (raw: unknown) => Reading<T>;

/** The settings, or every failure. A key without a reader is unknown. */
export function readSettings<S extends object>(config: RequirementConfig, readers: { readonly [K in keyof S]: Reader<S[K]> }): S | readonly Failure[] {
  const known = Object.keys(readers);
  const failures = Object.keys(config.settings).filter((key) => !known.includes(key)).map((key) => unknownKey(config.name, key, known));
  const values: Record<string, unknown> = {};
  for (const [key, reader] of Object.entries<Reader<unknown>>(readers)) {
    const reading = reader(config.settings[key]);
    if ("value" in reading) values[key] = reading.value;
    else failures.push(wrongValue(config, key, reading.expected));
  }
  return failures.length > 0 ? failures : (values as S);
}

/** A whole number from `lowest` to `highest`. */
export function wholeNumber(lowest: number, highest: number, otherwise: number): Reader<number> {
  return (raw) => {
    if (raw === undefined) return { value: otherwise };
    const number = typeof raw === "string" && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
    const isIn = typeof number === "number" && Number.isInteger(number) && number >= lowest && number <= highest;
    return isIn ? { value: number } : { expected: `a whole number from ${lowest} to ${highest}` };
  };
}

/** Text that matches; `expected` says in words what would. */
export function textLike(pattern: RegExp, expected: string, otherwise: string): Reader<string> {
  return (raw) => {
    if (raw === undefined) return { value: otherwise };
    return typeof raw === "string" && pattern.test(raw) ? { value: raw } : { expected };
  };
}

/** Truth as YAML or the `KEY=value` form writes it. */
export function truth(otherwise: boolean): Reader<boolean> {
  return (raw) => {
    if (raw === undefined) return { value: otherwise };
    if (raw === true || raw === "true") return { value: true };
    return raw === false || raw === "false" ? { value: false } : { expected: "true or false" };
  };
}

/** A path that does not depend on where envctl was called. */
export const absolutePath: Reader<string | undefined> = (raw) => {
  if (raw === undefined) return { value: undefined };
  return typeof raw === "string" && /^(\/|~\/)/.test(raw) ? { value: raw } : { expected: "an absolute path, or one that begins with ~/" };
};

/** One of several words; the first unless written. Names the nearest for a slip of the pen. */
export function oneOf<T extends string>(words: readonly [T, ...T[]]): Reader<T> {
  return (raw) => {
    if (raw === undefined) return { value: words[0] };
    const found = words.find((word) => word === raw);
    if (found !== undefined) return { value: found };
    const nearest = nearestName(String(raw), words);
    return { expected: `one of ${words.join(", ")}${nearest === undefined ? "" : `; did you mean \`${nearest}\`?`}` };
  };
}

/** Names that match, as a list or divided by commas. */
export function namesLike(pattern: RegExp, expected: string): Reader<readonly string[]> {
  return (raw) => {
    const list: readonly unknown[] = raw === undefined ? [] : Array.isArray(raw) ? raw : String(raw).split(",").map((name) => name.trim());
    const names = list.filter((name): name is string => typeof name === "string" && pattern.test(name));
    return names.length === list.length ? { value: [...new Set(names)] } : { expected };
  };
}

/** A shell line or an argv. */
export const command: Reader<CommandText | undefined> = (raw) => {
  if (raw === undefined) return { value: undefined };
  if (typeof raw === "string" && raw.trim() !== "") return { value: raw };
  const words: readonly unknown[] = Array.isArray(raw) ? raw : [];
  const argv = words.filter((word): word is string => typeof word === "string");
  return argv.length > 0 && argv.length === words.length ? { value: argv } : { expected: "a command: text, or a list of words" };
};

function unknownKey(name: string, key: string, known: readonly string[]): Failure {
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? `known settings: ${["engine", ...known].join(", ")}` : `did you mean \`${nearest}\`?`;
  return { reason: "configuration_invalid", message: `requirements.${name} has no setting \`${key}\``, hint };
}

function wrongValue({ name, settings }: RequirementConfig, key: string, expected: string): Failure {
  return {
    reason: "configuration_invalid",
    message: `requirements.${name}.${key} is ${JSON.stringify(settings[key])}`,
    hint: `it must be ${expected}`,
  };
}
