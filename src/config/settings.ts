/** Every key there can be for what is configured, as users write it, with its value in effect and its origin. */
import type { Origin, Setting } from "../model/config.ts";
import { dotted } from "./entry.ts";
import type { Entries } from "./entry.ts";
import { defaultText } from "./example.ts";
import { childRows, keyName } from "./key-tree.ts";
import type { KeyRow, Plain } from "./keys.ts";
import { flow } from "./proposed.ts";

type Named = readonly [key: string, setting: Setting];

const byDefault: Origin = { layer: "default" };

/** In the order of the table; services, requirements and variables in the order they were configured. */
export function settingsOf(entries: Entries): Readonly<Record<string, Setting>> {
  return Object.fromEntries(childRows("").flatMap((row) => settingsBelow(row, [keyName(row)], entries)));
}

function settingsBelow(row: KeyRow, path: readonly string[], entries: Entries): readonly Named[] {
  const children = childRows(row.path);
  if (children.length === 0) return [[dotted(path), settingAt(row, path, entries)]];
  const fixed = children.map(keyName);
  const inner = children.flatMap((child): readonly Named[] => {
    if (keyName(child) !== "*") return settingsBelow(child, [...path, keyName(child)], entries);
    return entries.namesBelow(path).flatMap((name) => settingsBelow(child, [...path, name], entries));
  });
  return [
    ...groupSetting(row, path, inner),
    ...inner,
    ...(row.isOpen === true ? entries.namesBelow(path).filter((name) => !fixed.includes(name)).flatMap((name) => openSetting([...path, name], entries)) : []),
    ...(row.path === "services.*.env" ? launchSettings(path, entries) : []),
  ];
}

function settingAt(row: KeyRow, path: readonly string[], entries: Entries): Setting {
  const entry = entries.get(dotted(path));
  if (entry !== undefined) return { text: written(row, entry.value), origin: entry.origin, state: "set" };
  // Beside alternatives, such as the kinds of a probe, a key that is not chosen says nothing.
  const isBesideChoice = (row.oneOf ?? row.goesWith) !== undefined;
  return { text: defaultText(row), origin: byDefault, state: row.otherwise === undefined || isBesideChoice ? "unset" : "otherwise" };
}

/** A group such as `ready` whose default is no set of keys holds it until something in it is set. */
function groupSetting(row: KeyRow, path: readonly string[], inner: readonly Named[]): readonly Named[] {
  if (row.otherwise === undefined || inner.some(([, { state, origin }]) => state === "set" && origin.layer !== "default")) return [];
  return [[dotted(path), { text: row.otherwise, origin: byDefault, state: "otherwise" }]];
}

function openSetting(path: readonly string[], entries: Entries): readonly Named[] {
  const entry = entries.get(dotted(path));
  return entry === undefined ? [] : [[dotted(path), { text: plainText(entry.value), origin: entry.origin, state: "set" }]];
}

/** Launch-env variables stand with the service's own, which are stronger; those of one mode say so. */
function launchSettings(path: readonly string[], entries: Entries): readonly Named[] {
  const service = path[1] ?? "";
  const sources = [["optional_env", service], ["modes", "main", "optional_env", service], ["modes", "trees", "optional_env", service]];
  return sources.flatMap((source) =>
    entries.namesBelow(source).flatMap((name): readonly Named[] => {
      const entry = entries.get(dotted([...source, name]));
      if (entry === undefined || entries.has(dotted([...path, name]))) return [];
      const suffix = source[0] === "modes" ? ` [${source[1]}]` : "";
      return [[`${dotted([...path, name])}${suffix}`, { text: plainText(entry.value), origin: entry.origin, state: "set" }]];
    }),
  );
}

/** A value in its final form as users write it: durations, sizes and shares with their unit. */
export function written(row: KeyRow, value: Plain): string {
  if (typeof value !== "number") return plainText(value);
  if (row.type === "duration") return durationText(value);
  if (row.type === "percent") return `${value * 100}%`;
  return row.type === "size" ? sizeText(value) : plainText(value);
}

/** The largest unit that leaves a whole number. */
function sizeText(bytes: number): string {
  const power = [4, 3, 2, 1].find((one) => bytes % 1024 ** one === 0) ?? 0;
  return `${bytes / 1024 ** power}${" KMGT"[power]?.trim() ?? ""}`;
}

function durationText(durationMs: number): string {
  return durationMs % 1000 === 0 ? `${durationMs / 1000}s` : `${durationMs}ms`;
}

/** Text stays as it is; only what holds several values is quoted. */
function plainText(value: Plain): string {
  return typeof value === "string" ? value : flow(value);
}
