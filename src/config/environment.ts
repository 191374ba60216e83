/** Entries from the environment and from flags, whose values are text and whose keys are written in other ways. */
import type { Origin } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { dotted, invalid } from "./entry.ts";
import type { Entries, Entry, Reading } from "./entry.ts";
import { childRows, keyName, rowAt, wordEntry } from "./key-tree.ts";
import { directKeys, isOwnKey } from "./legacy/known.ts";
import { nearestName } from "../model/nearest.ts";
import { checkText, isName, isVariableName, shown } from "./value.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const prefix = "ENVCTL__";

/**
 * `ENVCTL__SERVICES__BACKEND__PORT=8100`, and the Python engine's keys (`BACKEND_PORT_BASE`) where the service they
 * speak of exists. Names that other programs use as well, such as DB_PORT, are not taken from the environment here.
 */
export function readEnvironment(environment: Environment, known: Entries): Reading {
  const readings = Object.entries(environment).toSorted().flatMap(([name, text]): readonly Reading[] => {
    if (text === undefined) return [];
    const origin: Origin = { layer: "environment", name };
    if (name.startsWith(prefix)) return [readText(concretePath(name.slice(prefix.length).split("__"), known), text, origin, `environment variable ${name}`, known)];
    const path = isOwnKey(name) && text !== "" ? directKeys.get(name)?.split(".") : undefined;
    if (path === undefined || !isThere(path, known)) return [];
    return [readText(path, text, origin, `environment variable ${name}`, known)];
  });
  return joined(readings);
}

/** Flags: dotted paths, or the Python engine's keys. */
export function readFlags(overrides: Readonly<Record<string, string>>, known: Entries): Reading {
  return joined(Object.entries(overrides).map(([key, text]) => {
    const path = directKeys.get(key) ?? key;
    return readText(path.split("."), text, { layer: "flag", name: key }, `flag ${key}`, known);
  }));
}

function readText(path: readonly string[], text: string, origin: Origin, where: string, known: Entries): Reading {
  const row = rowAt(path);
  if (row === undefined) return openOrUnknown(path, text, origin, where, known);
  const list = path.findIndex((_segment, index) => rowAt(path.slice(0, index + 1))?.type === "groups");
  if (list >= 0) return failed(`${where}: \`${dotted(path.slice(0, list + 1))}\` is a list of groups, which only a file can hold`, "set it in .envctl.local");
  if (path.includes("") || !areNames(path)) return failed(`${where}: \`${dotted(path)}\` holds a name that cannot be used`, undefined);
  if (row.words?.includes(text.trim()) === true) {
    const { key, value } = wordEntry(row, text.trim());
    return only({ path: [...path, key], value, origin });
  }
  if (row.type === "group" || row.type === "map") {
    return failed(`${where}: \`${dotted(path)}\` is a group of keys, not a value`, `set one of them: ${childRows(row.path).map(keyName).join(", ")}`);
  }
  const checked = checkText(row, text);
  if (checked.ok) return only({ path, value: checked.value, origin });
  return failed(`${where}: \`${dotted(path)}\` is ${shown(text)}, but must be ${checked.must}`, checked.hint);
}

function openOrUnknown(path: readonly string[], text: string, origin: Origin, where: string, known: Entries): Reading {
  const parent = path.slice(0, -1);
  if (path.length === 3 && rowAt(parent)?.isOpen === true && areNames(path)) return only({ path, value: text, origin });
  const depth = path.findIndex((_segment, index) => rowAt(path.slice(0, index + 1)) === undefined);
  const above = path.slice(0, depth);
  const candidates = namesAt(above, known);
  const nearest = nearestName(path[depth] ?? "", candidates);
  const inside = above.length === 0 ? "" : ` in ${dotted(above)}`;
  return failed(`${where}: unknown key \`${path[depth] ?? ""}\`${inside}`, nearest === undefined ? `valid keys: ${candidates.join(", ")}` : `did you mean \`${nearest}\`?`);
}

/** Upper-case segments become the names that exist; below `env` they stay as written. */
function concretePath(segments: readonly string[], known: Entries): readonly string[] {
  let path: readonly string[] = [];
  for (const segment of segments) {
    const isVariable = path.length === 3 && path[0] === "services" && path[2] === "env";
    const name = namesAt(path, known).find((candidate) => plain(candidate) === plain(segment));
    path = [...path, isVariable ? segment : (name ?? segment.toLowerCase())];
  }
  return path;
}

function namesAt(path: readonly string[], known: Entries): readonly string[] {
  const pattern = path.length === 0 ? "" : (rowAt(path)?.path ?? "?");
  const fixed = childRows(pattern).map(keyName).filter((name) => name !== "*");
  return fixed.length > 0 ? fixed : known.namesBelow(path);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

function areNames(path: readonly string[]): boolean {
  return path.every((segment, index) => (path[index - 1] === "env" ? isVariableName(segment) : isName(segment)));
}

/** Whether the service or requirement a path speaks of is configured; other paths always exist. */
function isThere(path: readonly string[], known: Entries): boolean {
  const [group, name] = path;
  return (group !== "services" && group !== "requirements") || known.namesBelow([group]).includes(name ?? "");
}

function only(entry: Entry): Reading {
  return { entries: [entry], failures: [], warnings: [] };
}

function failed(message: string, hint: string | undefined): Reading {
  const failure: Failure = invalid(message, hint);
  return { entries: [], failures: [failure], warnings: [] };
}

function joined(readings: readonly Reading[]): Reading {
  return {
    entries: readings.flatMap(({ entries }) => entries),
    failures: readings.flatMap(({ failures }) => failures),
    warnings: readings.flatMap(({ warnings }) => warnings),
  };
}
