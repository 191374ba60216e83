/** Small readings of the YAML library's nodes: pairs with merge keys applied, plain values, places. */
import { isAlias, isMap, isPair, isScalar, isSeq, visit } from "yaml";
import type { Alias, Document, LineCounter, Node, Pair, Scalar, YAMLMap } from "yaml";
import type { Place } from "../model/failure.ts";
import type { Plain } from "./keys.ts";

export interface YamlSource {
  readonly file: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly aliases: Aliases;
}

/** What each alias stands for, and how many may still be followed: nested aliases multiply. */
export interface Aliases {
  readonly targets: ReadonlyMap<Alias, Node>;
  /** Aliases of names that no anchor above them has. */
  readonly lost: readonly Alias[];
  left: number;
}

/** A key with its value; `keyNode` tells the place. */
export interface KeyValue {
  readonly key: string;
  readonly keyNode: Node | undefined;
  readonly value: Node | undefined;
}

const deepest = 16;

const mostAliases = 10_000;

/** Finds the targets of all aliases in one pass; the library's own look-up walks the document once per alias. */
export function aliasesOf(document: Document.Parsed): Aliases {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const lost: Alias[] = [];
  visit(document, (_key, node) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) lost.push(node);
      else targets.set(node, target);
    } else if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  return { targets, lost, left: mostAliases };
}

/** Follows an alias to what it stands for. */
export function resolved(source: YamlSource, node: unknown): Node | undefined {
  if (isAlias(node)) {
    source.aliases.left -= 1;
    return source.aliases.left < 0 ? undefined : source.aliases.targets.get(node);
  }
  return isScalar(node) || isMap(node) || isSeq(node) ? node : undefined;
}

/** The pairs of a map; `<<` brings in the pairs of other maps that are not set here. */
export function pairsOf(source: YamlSource, map: YAMLMap, depth = 0): readonly KeyValue[] {
  const own: KeyValue[] = [];
  const merged: KeyValue[] = [];
  for (const pair of map.items) {
    if (!isPair(pair)) continue;
    const key = keyText(pair);
    const value = resolved(source, pair.value);
    if (key === "<<") merged.push(...mergedPairs(source, value, depth + 1));
    else own.push({ key, keyNode: isScalar(pair.key) ? pair.key : undefined, value });
  }
  const keys = new Set(own.map(({ key }) => key));
  return [...own, ...merged.filter(({ key }) => !keys.has(key))];
}

/** The place of a node, counted from 1. */
export function placeAt(source: Pick<YamlSource, "file" | "lines">, node: Node | undefined): Place {
  const offset = node?.range?.[0];
  return offset === undefined ? { file: source.file } : placeAtOffset(source, offset);
}

export function placeAtOffset(source: Pick<YamlSource, "file" | "lines">, offset: number): Place {
  const { line, col } = source.lines.linePos(offset);
  return line === 0 ? { file: source.file, line: 1, column: 1 } : { file: source.file, line, column: col };
}

/** The value as plain data; undefined when it is nested deeper than any configuration is, or is no data at all. */
export function plainOf(source: YamlSource, node: Node | undefined, depth = 0): Plain | undefined {
  if (node === undefined) return null;
  if (depth > deepest) return undefined;
  if (isScalar(node)) return plainScalar(node);
  if (isSeq(node)) return plainList(node.items.map((item) => plainOf(source, resolved(source, item), depth + 1)));
  if (isMap(node)) return plainMap(source, node, depth);
  return undefined;
}

/** A scalar's text as written, so that `3.10` stays `3.10`; undefined for anything else. */
export function writtenText(node: Node | undefined): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}

function plainScalar(node: Scalar): Plain | undefined {
  const { value } = node;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return value;
  return typeof value === "bigint" ? Number(value) : node.source;
}

function plainList(items: readonly (Plain | undefined)[]): Plain | undefined {
  return items.every((item): item is Plain => item !== undefined) ? items : undefined;
}

function plainMap(source: YamlSource, map: YAMLMap, depth: number): Plain | undefined {
  const entries: [string, Plain][] = [];
  for (const { key, value } of pairsOf(source, map)) {
    const plain = plainOf(source, value, depth + 1);
    if (plain === undefined) return undefined;
    entries.push([key, plain]);
  }
  return Object.fromEntries(entries);
}

function mergedPairs(source: YamlSource, value: Node | undefined, depth: number): readonly KeyValue[] {
  if (depth > deepest) return [];
  if (isMap(value)) return pairsOf(source, value, depth);
  if (!isSeq(value)) return [];
  return value.items.flatMap((item) => {
    const map = resolved(source, item);
    return isMap(map) ? pairsOf(source, map, depth) : [];
  });
}

function keyText(pair: Pair): string {
  if (isScalar(pair.key)) return typeof pair.key.value === "string" ? pair.key.value : (pair.key.source ?? String(pair.key.value));
  return String(pair.key);
}
