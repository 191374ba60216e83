/**
 * Changes single values of a YAML text and leaves every other byte of it alone: comments, order, quotes, blank lines.
 * The library finds the places; what it would print itself is never used, since it would lay the whole file out anew.
 */
import { isAlias, isMap, isNode, isPair, isScalar, parseDocument } from "yaml";
import type { Node, Pair, YAMLMap } from "yaml";
import { UserError } from "../model/failure.ts";
import { dotted, invalid } from "./entry.ts";
import type { Plain } from "./keys.ts";
import { flow } from "./proposed.ts";

/** One value to be set; without a value the key is removed. */
export interface ConfigChange {
  readonly path: readonly string[];
  readonly value?: Plain;
}

/** The text with the changes made, one after the other; throws a UserError where one cannot be made. */
export function editedYaml(text: string, changes: readonly ConfigChange[]): string {
  return changes.reduce((before, change) => {
    const after = change.value === undefined ? withoutKey(before, change.path) : withValue(before, change.path, change.value);
    if (!isAsMeant(before, after, change)) throw cannot(change.path, "the text around it is written in a way that cannot be changed safely");
    return after;
  }, text.endsWith("\n") || text === "" ? text : `${text}\n`);
}

interface Found {
  /** The deepest map on the way that exists. */
  readonly map: YAMLMap;
  /** How many segments of the path lead to it. */
  readonly depth: number;
  /** The pair of the next segment, when that exists. */
  readonly pair: Pair | undefined;
}

function withValue(text: string, path: readonly string[], value: Plain): string {
  const root = rootOf(text);
  if (root === undefined) return `${text}${blockLines(path, value, "").join("\n")}\n`;
  const { map, depth, pair } = findIn(root, path);
  const rest = path.slice(depth);
  if (pair === undefined) return inserted(text, map, rest, value);
  const node = isNode(pair.value) ? pair.value : undefined;
  // The last segment is there, or a key without a value stands where a map is needed.
  if (rest.length === 1 && node !== undefined && !isEmpty(node)) return replaced(text, startOf(node), trimmedEnd(text, node), flow(value));
  return filled(text, pair, map, rest.slice(1), value);
}

/** Puts a value, or a map with it, behind a key that has none so far. */
function filled(text: string, pair: Pair, map: YAMLMap, rest: readonly string[], value: Plain): string {
  const colon = text.indexOf(":", endOfKey(pair)) + 1;
  const node = isNode(pair.value) ? pair.value : undefined;
  const end = node === undefined || (isScalar(node) && isEmpty(node)) ? colon : isScalar(node) ? trimmedEnd(text, node) : endOf(node);
  if (rest.length <= 1 || map.flow === true) return replaced(text, colon, end, ` ${flow(nested(rest, value))}`);
  return replaced(text, colon, end, `\n${blockLines(rest, value, `${indentOf(text, map)}  `).join("\n")}`);
}

function inserted(text: string, map: YAMLMap, rest: readonly string[], value: Plain): string {
  const last = map.items.at(-1);
  const [key = ""] = rest;
  if (map.flow === true) {
    const at = last === undefined ? (map.range?.[0] ?? 0) + 1 : endOfPair(last);
    const closing = last === undefined && text[at] === "}" ? " " : "";
    return replaced(text, at, at, `${last === undefined ? " " : ", "}${flow(key)}: ${flow(nested(rest.slice(1), value))}${closing}`);
  }
  const end = last === undefined ? text.length : endOfLine(text, endOfPair(last));
  const before = text[end - 1] === "\n" ? "" : "\n";
  return replaced(text, end, end, `${before}${blockLines(rest, value, indentOf(text, map)).join("\n")}\n`);
}

function withoutKey(text: string, path: readonly string[]): string {
  const root = rootOf(text);
  const { map, depth, pair } = root === undefined ? { map: undefined, depth: 0, pair: undefined } : findIn(root, path);
  if (map === undefined || pair === undefined || depth !== path.length - 1) throw new UserError(invalid(`\`${dotted(path)}\` is not in the file`, "`envctl show-config` tells where a value comes from"));
  const [start, end] = [startOfKey(pair), endOfPair(pair)];
  if (map.flow !== true) {
    const line = text.lastIndexOf("\n", start - 1) + 1;
    // The first key of a list's item stands behind its dash.
    if (text.slice(line, start).trim() !== "") throw cannot(path, "it shares its line with something else");
    return replaced(text, line, endOfLine(text, end), map.items.length === 1 && depth > 0 ? `${indentOf(text, map)}{}\n` : "");
  }
  const after = /^\s*,\s*/.exec(text.slice(end))?.[0].length ?? 0;
  const before = after > 0 ? 0 : (/,\s*$/.exec(text.slice(0, start))?.[0].length ?? 0);
  return replaced(text, start - before, end + after, "");
}

/** Throws where the way leads through an alias: what it stands for is used elsewhere too. */
function findIn(root: YAMLMap, path: readonly string[]): Found {
  let map = root;
  for (const [depth, segment] of path.entries()) {
    const pair = map.items.find((one) => isPair(one) && keyText(one) === segment);
    if (pair === undefined || depth === path.length - 1) return { map, depth, pair };
    const { value } = pair;
    if (isMap(value) && value.items.length > 0) map = value;
    else if (isAlias(value)) throw cannot(path, `\`${dotted(path.slice(0, depth + 1))}\` is an alias of another part of the file`);
    else return { map, depth, pair };
  }
  return { map, depth: 0, pair: undefined };
}

/** Undefined for a text without any content. */
function rootOf(text: string): YAMLMap | undefined {
  const document = parseDocument(text, { logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) throw new UserError(invalid(`the file cannot be read as YAML: ${error.message.split("\n")[0]}`, "correct it first; `envctl config edit` opens it"));
  if (document.contents === null) return undefined;
  if (!isMap(document.contents)) throw new UserError(invalid("the file holds no keys with values", "`envctl config edit` opens it"));
  return document.contents;
}

/** Everything but the change means what it meant before. */
function isAsMeant(before: string, after: string, { path, value }: ConfigChange): boolean {
  const [old, now] = [parseDocument(before, { logLevel: "silent" }), parseDocument(after, { logLevel: "silent" })];
  if (now.errors.length > 0) return false;
  const wanted = setIn(old.toJS() ?? {}, path, value);
  return JSON.stringify(sorted(wanted)) === JSON.stringify(sorted(now.toJS() ?? {}));
}

function setIn(data: unknown, path: readonly string[], value: Plain | undefined): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const map: Record<string, unknown> = isRecord(data) ? { ...data } : {};
  const inner = setIn(map[key], rest, value);
  if (inner === undefined) delete map[key];
  else map[key] = inner;
  return map;
}

function sorted(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(sorted);
  if (!isRecord(data)) return data;
  return Object.fromEntries(Object.entries(data).toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([key, value]) => [key, sorted(value)]));
}

function blockLines(path: readonly string[], value: Plain, indent: string): readonly string[] {
  const [key = "", ...rest] = path;
  return rest.length === 0 ? [`${indent}${flow(key)}: ${flow(value)}`] : [`${indent}${flow(key)}:`, ...blockLines(rest, value, `${indent}  `)];
}

function nested(path: readonly string[], value: Plain): Plain {
  return path.reduceRight<Plain>((inner, key) => ({ [key]: inner }), value);
}

function isEmpty(node: Node): boolean {
  return (isScalar(node) && (node.source ?? "") === "" && node.value === null) || (isMap(node) && node.items.length === 0);
}

function keyText({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : "";
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function endOf(node: Node): number {
  return node.range?.[1] ?? 0;
}

function startOfKey({ key }: Pair): number {
  return isNode(key) ? startOf(key) : 0;
}

function endOfKey({ key }: Pair): number {
  return isNode(key) ? endOf(key) : 0;
}

function endOfPair(pair: Pair): number {
  return Math.max(isNode(pair.value) ? endOf(pair.value) : 0, endOfKey(pair) + 1);
}

/** A block's range goes on to the next key; its text ends before the line break. */
function trimmedEnd(text: string, node: Node): number {
  const [start, end] = [startOf(node), endOf(node)];
  return start + text.slice(start, end).trimEnd().length;
}

/** After the line break that ends the line, unless the place is at the start of one already. */
function endOfLine(text: string, at: number): number {
  if (text[at - 1] === "\n") return at;
  const next = text.indexOf("\n", at);
  return next < 0 ? text.length : next + 1;
}

function indentOf(text: string, map: YAMLMap): string {
  const [first] = map.items;
  const start = first === undefined ? (map.range?.[0] ?? 0) : startOfKey(first);
  return " ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1));
}

function replaced(text: string, start: number, end: number, by: string): string {
  return `${text.slice(0, start)}${by}${text.slice(end)}`;
}

function cannot(path: readonly string[], why: string): UserError {
  return new UserError(invalid(`\`${dotted(path)}\` cannot be changed: ${why}`, "`envctl config edit` opens the file"));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
