/** The Python engine's form as YAML: the same configuration, in the form that is edited from then on. */
import { resolveConfig } from "./resolve.ts";
import type { ConfigInput } from "./resolve.ts";
import { rowAt } from "./key-tree.ts";
import type { Plain } from "./keys.ts";
import type { Entry } from "./entry.ts";
import { flow } from "./proposed.ts";
import { written } from "./settings.ts";
import type { CheckoutReading } from "./sources.ts";

export interface Migration {
  readonly text: string;
  /** What could not be taken over, as sentences. */
  readonly lost: readonly string[];
}

const head = ["# Configuration of envctl, made from its KEY=value form. Every key with its default: .envctl.example", "version: 1"];

/** `old` is the text in the old form, for its comments; `reading` what it says. */
export function migrated(old: string, reading: CheckoutReading): Migration {
  const entries = reading.entries.filter(({ origin }) => origin.layer === "repository" || origin.layer === "detected");
  const launch = launchVariables(entries);
  const tree = treeOf([...entries.filter(({ path }) => !isLaunch(path)), ...launch.kept]);
  return { text: `${[...commentsOf(old), ...head, ...blockLines(tree, "")].join("\n")}\n`, lost: launch.lost };
}

/** Whether both forms configure the same; the keys that differ. */
export function differences(before: ConfigInput, text: string): readonly string[] {
  const [one, other] = [resolveConfig(before).resolved, resolveConfig({ ...before, draft: text }).resolved].map(({ settings }) => settings);
  return [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])].filter((key) => !key.includes("[") && one?.[key]?.text !== other?.[key]?.text);
}

function isLaunch(path: readonly string[]): boolean {
  return path.includes("optional_env");
}

/** Variables of launch sections whose sources are configured become a service's own; YAML has none that count in one mode alone. */
function launchVariables(entries: readonly Entry[]): { readonly kept: readonly Entry[]; readonly lost: readonly string[] } {
  const names = (group: string): readonly string[] => entries.filter(({ path }) => path[0] === group && path.length > 1).map(({ path }) => path[1] ?? "");
  const [services, requirements] = [new Set(names("services")), new Set(names("requirements"))];
  const isThere = (value: string): boolean => [...value.matchAll(/(?<!\$)\$\{([a-z][\w-]*)(?:\.([\w-]+))?/g)].every(([, group = "", name = ""]) => (group === "services" ? services.has(name) : ["env", "project", "port"].includes(group) || requirements.has(group)));
  const kept: Entry[] = [];
  const lost: string[] = [];
  for (const entry of entries.filter(({ path }) => isLaunch(path))) {
    const [service = "", variable = ""] = entry.path.slice(-2);
    const mode = entry.path[0] === "modes" ? entry.path[1] : undefined;
    const path = ["services", service, "env", variable];
    const isSet = entries.some((other) => other.path.join(".") === path.join("."));
    if (isSet || !services.has(service)) continue;
    if (mode !== undefined) lost.push(`${variable} of ${service} was set for the mode ${mode} alone: ${String(entry.value)}`);
    else if (!isThere(String(entry.value))) lost.push(`${variable} of ${service} needs something that is not configured: ${String(entry.value)}`);
    else kept.push({ ...entry, path });
  }
  return { kept, lost };
}

interface PlainTree {
  [key: string]: Plain | PlainTree;
}

function treeOf(entries: readonly Entry[]): PlainTree {
  const root: PlainTree = {};
  for (const { path, value } of entries) {
    let place = root;
    for (const segment of path.slice(0, -1)) {
      const inner = place[segment];
      place = isTree(inner) ? inner : (place[segment] = {});
    }
    const last = path.at(-1) ?? "";
    if (!(isTree(place[last]) && isTree(value))) place[last] = formOf(path, value);
  }
  return root;
}

/** Durations and sizes are kept as numbers of their smallest unit, but written with one. */
function formOf(path: readonly string[], value: Plain): Plain | PlainTree {
  const row = rowAt(path);
  if (isTree(value)) return {};
  return row !== undefined && ["duration", "size", "percent"].includes(row.type) ? written(row, value) : value;
}

function isTree(value: unknown): value is PlainTree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function blockLines(tree: PlainTree, indent: string): readonly string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    if (!isTree(value)) return [`${indent}${flow(key)}: ${flow(value)}`];
    return Object.keys(value).length === 0 ? [`${indent}${flow(key)}: {}`] : [`${indent}${flow(key)}:`, ...blockLines(value, `${indent}  `)];
  });
}

/** Every comment but the marks of managed blocks, since the lines they stood at are gone. */
function commentsOf(text: string): readonly string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line.startsWith("#") && !/>>>|<<</.test(line));
}
