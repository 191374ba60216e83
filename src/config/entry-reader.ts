/** Typed looks into merged entries. */
import type { CommandText } from "../model/config.ts";
import { dotted } from "./entry.ts";
import type { Entries } from "./entry.ts";
import type { Plain } from "./keys.ts";

/** Names below a path with their values as text. */
export function textsOf(entries: Entries, path: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entries.namesBelow(path).map((name) => [name, String(entries.get(dotted([...path, name]))?.value ?? "")]));
}

/** Names below a path with their values as numbers. */
export function numbersOf(entries: Entries, path: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(entries.namesBelow(path).map((name) => [name, Number(entries.get(dotted([...path, name]))?.value)]));
}

/** Values below one path, each as the type it was checked for. */
export interface Reader {
  value(...key: readonly string[]): Plain | undefined;
  text(...key: readonly string[]): string | undefined;
  number(...key: readonly string[]): number | undefined;
  boolean(...key: readonly string[]): boolean | undefined;
  texts(...key: readonly string[]): readonly string[] | undefined;
  command(...key: readonly string[]): CommandText | undefined;
}

/** Reads what is configured below `base`. */
export function readerOf(entries: Entries, ...base: readonly string[]): Reader {
  const value = (...key: readonly string[]): Plain | undefined => entries.get(dotted([...base, ...key]))?.value;
  return {
    value,
    text: (...key) => ofType(value(...key), "string"),
    number: (...key) => ofType(value(...key), "number"),
    boolean: (...key) => ofType(value(...key), "boolean"),
    texts: (...key) => listOf(value(...key)),
    command: (...key) => commandOf(value(...key)),
  };
}

interface Primitives {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

function ofType<K extends keyof Primitives>(value: Plain | undefined, type: K): Primitives[K] | undefined {
  return isOfType(value, type) ? value : undefined;
}

function isOfType<K extends keyof Primitives>(value: unknown, type: K): value is Primitives[K] {
  return typeof value === type;
}

/** A list as texts; undefined for anything else. */
export function listOf(value: Plain | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** A command: a text for a shell, or a list of arguments. */
export function commandOf(value: Plain | undefined): CommandText | undefined {
  return typeof value === "string" ? value : listOf(value);
}
