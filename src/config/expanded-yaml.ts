/** Reads a YAML file with the caller's variables in its texts; what its `environment:` block says counts first. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Node } from "yaml";
import type { Failure, Place } from "../model/failure.ts";
import { dotted, invalid } from "./entry.ts";
import { withVariables, type Variables } from "./variables.ts";
import { aliasesOf, pairsOf, placeAt, placeAtOffset, resolved, type YamlSource } from "./yaml-nodes.ts";

/** A file as data, every part with its place. */
export type ExpandedNode =
  | { readonly kind: "scalar"; readonly place: Place; readonly value: string | number | boolean | null }
  | { readonly kind: "list"; readonly place: Place; readonly items: readonly ExpandedNode[] }
  | { readonly kind: "map"; readonly place: Place; readonly entries: readonly ExpandedEntry[] };

export interface ExpandedEntry {
  readonly key: string;
  readonly place: Place;
  readonly value: ExpandedNode;
}

export interface ExpandedFile {
  /** Without `environment:`. */
  readonly entries: readonly ExpandedEntry[];
  /** What the block sets, with its values. */
  readonly environment: Variables;
  readonly failures: readonly Failure[];
}

export interface ExpandedInput {
  readonly text: string;
  readonly file: string;
  readonly variables: Variables;
  /** Keys whose texts belong to whoever runs them, a shell for example: nothing is put in. */
  readonly untouched: readonly string[];
}

interface Walk extends YamlSource, Pick<ExpandedInput, "untouched"> {
  readonly failures: Failure[];
}

const block = "environment";
/** Lists of directories: what is there already is searched first. */
const appended: readonly string[] = ["PATH", "LD_LIBRARY_PATH"];
const deepest = 8;

/** Collects every problem with its place; throws nothing. */
export function readExpanded({ text, file, variables, untouched }: ExpandedInput): ExpandedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const failures: Failure[] = document.errors.slice(0, 50).map((error) => invalid(error.message.split("\n")[0] ?? "invalid YAML", undefined, placeAtOffset({ file, lines }, error.pos[0])));
  const walk: Walk = { file, document, lines, aliases: aliasesOf(document), failures, untouched };
  const root = document.contents;
  if (failures.length > 0 || root === null) return { entries: [], environment: {}, failures };
  if (!isMap(root)) return { entries: [], environment: {}, failures: [invalid("the file must hold keys with values", undefined, placeAt(walk, root))] };
  const pairs = pairsOf(walk, root);
  const environment = blockOf(walk, pairs.find(({ key }) => key === block)?.value, variables);
  const all = { ...variables, ...environment };
  const entries = pairs.filter(({ key }) => key !== block).map(({ key, keyNode, value }): ExpandedEntry => ({ key, place: placeAt(walk, keyNode), value: expanded(walk, value, [key], all) }));
  return { entries, environment, failures };
}

/** From top to bottom: a value may use those above it. */
function blockOf(walk: Walk, node: Node | undefined, variables: Variables): Variables {
  if (node === undefined) return {};
  if (!isMap(node)) {
    walk.failures.push(invalid(`\`${block}\` must be names with values`, "for example `MODE: test`", placeAt(walk, node)));
    return {};
  }
  const set: Record<string, string> = {};
  for (const { key, keyNode, value } of pairsOf(walk, node)) {
    const read = expanded(walk, value, [block, key], { ...variables, ...set });
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) walk.failures.push(invalid(`\`${key}\` in ${block} cannot be the name of a variable`, "use letters, digits and _", placeAt(walk, keyNode)));
    else if (read.kind !== "scalar") walk.failures.push(invalid(`\`${block}.${key}\` must be a single value`, undefined, read.place));
    else set[key] = joined(key, variables[key], String(read.value ?? ""));
  }
  return set;
}

function joined(name: string, before: string | undefined, value: string): string {
  return appended.includes(name) && before !== undefined && before !== "" ? `${before}:${value}` : value;
}

function expanded(walk: Walk, node: Node | undefined, path: readonly string[], variables: Variables): ExpandedNode {
  const place = placeAt(walk, node);
  if (path.length > deepest) walk.failures.push(invalid(`${dotted(path)} is nested too deeply`, undefined, place));
  else if (isSeq(node)) return { kind: "list", place, items: node.items.map((item, index) => expanded(walk, resolved(walk, item), [...path, String(index)], variables)) };
  else if (isMap(node)) return { kind: "map", place, entries: pairsOf(walk, node).map(({ key, keyNode, value }) => ({ key, place: placeAt(walk, keyNode), value: expanded(walk, value, [...path, key], variables) })) };
  return { kind: "scalar", place, value: scalarOf(walk, node, path, variables) };
}

function scalarOf(walk: Walk, node: Node | undefined, path: readonly string[], variables: Variables): string | number | boolean | null {
  const value: unknown = isScalar(node) ? node.value : null;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "string") return null;
  if (path.some((key) => walk.untouched.includes(key))) return value;
  const { text, problems } = withVariables(value, variables);
  for (const { message, hint } of problems) walk.failures.push(invalid(`\`${dotted(path)}\` ${message}`, hint, placeAt(walk, node)));
  return text;
}
