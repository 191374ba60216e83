/** One configured value with where it comes from; every source of configuration is turned into a list of these. */
import type { Origin } from "../model/config.ts";
import type { Failure, Place } from "../model/failure.ts";
import { childRows, keyName, rowAt } from "./key-tree.ts";
import type { KeyRow, Plain } from "./keys.ts";

export interface Entry {
  readonly path: readonly string[];
  /** Checked, and in its final form: durations are milliseconds, ports are numbers. */
  readonly value: Plain;
  readonly origin: Origin;
}

/** What a source gave: values, and everything that is wrong with it. */
export interface Reading {
  readonly entries: readonly Entry[];
  readonly failures: readonly Failure[];
  readonly warnings: readonly Failure[];
}

/** Merged entries by dotted path. */
export interface Entries {
  get(key: string): Entry | undefined;
  has(key: string): boolean;
  all(): readonly Entry[];
  /** The names right below a path, in the order they were first configured. */
  namesBelow(path: readonly string[]): readonly string[];
}

/** `services.backend.port`. */
export function dotted(path: readonly string[]): string {
  return path.join(".");
}

/** A failure of the configuration. */
export function invalid(message: string, hint?: string, place?: Place): Failure {
  return { reason: "configuration_invalid", message, ...(hint === undefined ? {} : { hint }), ...(place === undefined ? {} : { place }) };
}

/** The place of a value, when it was written in a file. */
export function placeOf(origin: Origin | undefined): Place | undefined {
  if (origin?.file === undefined) return undefined;
  return { file: origin.file, ...(origin.line === undefined ? {} : { line: origin.line }), ...(origin.column === undefined ? {} : { column: origin.column }) };
}

/**
 * Merges sources, weakest first. Groups and maps are merged key by key; lists and values are replaced. A choice such as
 * the kind of a readiness probe replaces the weaker layer's choice.
 */
export function mergeEntries(sources: readonly (readonly Entry[])[]): Entries {
  const merged = new Map<string, Entry>();
  for (const entries of sources) {
    for (const entry of entries) dropOtherChoices(merged, entry);
    for (const entry of entries) merged.set(dotted(entry.path), entry);
  }
  return entriesOf(merged);
}

/** Wraps entries that do not change any more. */
export function entriesOf(byKey: ReadonlyMap<string, Entry>): Entries {
  const names = namesByPath(byKey.values());
  return {
    get: (key) => byKey.get(key),
    has: (key) => byKey.has(key),
    all: () => [...byKey.values()],
    namesBelow: (path) => [...(names.get(dotted(path)) ?? [])],
  };
}

function namesByPath(entries: Iterable<Entry>): ReadonlyMap<string, ReadonlySet<string>> {
  const index = new Map<string, Set<string>>();
  for (const { path } of entries) {
    for (const [depth, name] of path.entries()) {
      const above = dotted(path.slice(0, depth));
      const names = index.get(above);
      if (names === undefined) index.set(above, new Set([name]));
      else names.add(name);
    }
  }
  return index;
}

function dropOtherChoices(merged: Map<string, Entry>, entry: Entry): void {
  const row = rowAt(entry.path);
  if (row?.oneOf === undefined) return;
  const above = entry.path.slice(0, -1);
  for (const sibling of childRows(row.path.slice(0, row.path.lastIndexOf(".")))) {
    const key = dotted([...above, keyName(sibling)]);
    const other = merged.get(key);
    if (other !== undefined && other.origin.layer !== entry.origin.layer && isOfChoice(sibling, row)) merged.delete(key);
  }
}

function isOfChoice(row: KeyRow, chosen: KeyRow): boolean {
  return row.oneOf === chosen.oneOf || row.goesWith === chosen.oneOf;
}
