/** `unit.yaml`: units of its folder that are commands, keys of files beside it, and at the root of the tree pools, groups and facts. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LineCounter, parseDocument, type Document } from "yaml";
import type { Failure, Place } from "../model/failure.ts";
import type { Tree } from "./tree.ts";
import { plainFields, unknownKey } from "./unit-keys.ts";
import type { GraphUnit } from "./unit.ts";
import { isObject, writtenUnit, type Values, type WrittenUnit } from "./written-unit.ts";

/** One file as read. */
export interface UnitFile extends Pick<Tree, "pools" | "groups" | "facts" | "failures"> {
  readonly units: readonly WrittenUnit[];
}

type At = (...path: readonly string[]) => Place;

const rootKeys = ["units", "pools", "groups", "facts"] as const;

/** Nothing is thrown; every problem is among its failures. `path` is below `root`. */
export function readUnitFile(root: string, path: string): UnitFile {
  const file = join(root, path);
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const at: At = (...keys) => ({ file, line: lineOf(document, lines, keys) });
  const syntax = document.errors.map(({ message, pos }): Failure => ({ reason: "configuration_invalid", message: message.split("\n")[0] ?? "invalid YAML", place: { file, line: lines.linePos(pos[0]).line } }));
  if (syntax.length > 0) return { ...nothing, failures: syntax };
  const value = valueOf(document);
  if (value instanceof Error) return { ...nothing, failures: [{ reason: "configuration_invalid", message: value.message, place: at() }] };
  if (!isObject(value)) return { ...nothing, failures: [{ reason: "configuration_invalid", message: "the file must hold keys with values", hint: "begin with `units:`", place: at() }] };
  const failures: Failure[] = Object.keys(value).filter((word) => !rootKeys.some((known) => known === word)).map((word) => unknownKey(word, rootKeys, at(word)));
  const isRoot = dirname(path) === ".";
  if (!isRoot) failures.push(...["pools", "groups", "facts"].filter((word) => value[word] !== undefined).map((word): Failure => ({ reason: "configuration_invalid", message: `${word} belong to the whole tree`, hint: `write them into ${join(root, "unit.yaml")}`, place: at(word) })));
  const workers = (word: "pools" | "groups"): Readonly<Record<string, number>> => workersOf(value[word], (name) => at(word, name), failures);
  const facts = objectAt(value["facts"], "facts", at("facts"), failures);
  const units = Object.entries(objectAt(value["units"], "units", at("units"), failures)).map(([name, keys]) => writtenUnit({ name, keys: objectAt(keys, name, at("units", name), failures), place: at("units", name), folder: dirname(path), root }, failures));
  return { pools: workers("pools"), groups: workers("groups"), facts: Object.fromEntries(Object.entries(facts).map(([name, one]) => [name, String(one)])), units, failures };
}

/** An alias is looked up only here: the error is about one that means nothing, or about too many of them. */
function valueOf(document: Document): unknown {
  try {
    return (document.toJS({ maxAliasCount: 100 }) as unknown) ?? {};
  } catch (error) {
    if (error instanceof ReferenceError) return error;
    throw error;
  }
}

/** What the files say, added to what was found. */
export function withUnitFiles(found: readonly GraphUnit[], files: readonly UnitFile[], before: readonly Failure[]): Tree {
  const units = new Map(found.map((unit) => [unit.id, unit]));
  const failures = [...before, ...files.flatMap((file) => file.failures)];
  for (const { id, place, made, fields } of files.flatMap((file) => file.units)) {
    const beside = units.get(id);
    if (made === undefined && beside === undefined) failures.push({ reason: "configuration_invalid", message: `${id} has no command, and no executable file has that name`, hint: "give it a `command` or a `function`, or make the file executable", place });
    else if (made !== undefined && beside !== undefined) failures.push({ reason: "configuration_invalid", message: `${id} is an executable file and has a command as well`, hint: "leave one of them out", place });
    else if (made !== undefined) units.set(id, { ...plainFields, ...made, ...fields, id, place });
    else if (beside !== undefined) units.set(id, { ...beside, ...fields });
  }
  const [pools, groups, facts] = [files.map((file) => file.pools), files.map((file) => file.groups), files.map((file) => file.facts)];
  return { units: [...units.values()].sort((one, other) => (one.id < other.id ? -1 : 1)), pools: Object.assign({}, ...pools) as Tree["pools"], groups: Object.assign({}, ...groups) as Tree["groups"], facts: Object.assign({}, ...facts) as Tree["facts"], failures };
}

const nothing: UnitFile = { pools: {}, groups: {}, facts: {}, units: [], failures: [] };

function workersOf(value: unknown, at: (name: string) => Place, failures: Failure[]): Readonly<Record<string, number>> {
  if (value === undefined) return {};
  const pairs = Object.entries(isObject(value) ? value : {}).map(([name, one]) => {
    const workers = isObject(one) && Object.keys(one).every((word) => word === "workers") ? one["workers"] : one;
    if (typeof workers === "number" && Number.isSafeInteger(workers) && workers > 0) return [name, workers] as const;
    failures.push({ reason: "configuration_invalid", message: `${name} needs a number of workers, not ${JSON.stringify(one)}`, hint: `for example ${name}: { workers: 2 }`, place: at(name) });
    return undefined;
  });
  return Object.fromEntries(pairs.filter((pair) => pair !== undefined));
}

function objectAt(value: unknown, name: string, place: Place, failures: Failure[]): Values {
  if (isObject(value)) return value;
  if (value !== undefined && value !== null) failures.push({ reason: "configuration_invalid", message: `${name} must hold keys with values, not ${JSON.stringify(value)}`, place });
  return {};
}

function lineOf(document: Document.Parsed, lines: LineCounter, keys: readonly string[]): number {
  const node: unknown = keys.length === 0 ? document.contents : document.getIn(keys, true);
  const range: unknown = isObject(node) ? node["range"] : undefined;
  return Array.isArray(range) && typeof range[0] === "number" ? lines.linePos(range[0]).line : 1;
}
