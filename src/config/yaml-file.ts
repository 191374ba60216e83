/** Reads the YAML form: every problem of the text is collected with its place, nothing is thrown. */
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Document, Node, YAMLError } from "yaml";
import type { ConfigLayer } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { dotted, invalid } from "./entry.ts";
import type { Entry, Reading } from "./entry.ts";
import { childRows, itemRows, keyName, rowAt, wordEntry } from "./key-tree.ts";
import type { KeyRow, KeyType, Plain } from "./keys.ts";
import { nearestName } from "../model/nearest.ts";
import { checkValue, isName, isVariableName, shown } from "./value.ts";
import { aliasesOf, pairsOf, placeAt, placeAtOffset, plainOf, resolved, writtenText } from "./yaml-nodes.ts";
import type { Aliases, KeyValue, YamlSource } from "./yaml-nodes.ts";

interface Walk extends YamlSource {
  readonly layer: ConfigLayer;
  readonly entries: Entry[];
  readonly failures: Failure[];
}

/** Their text counts as written, also where YAML sees a number. */
const writtenTypes: ReadonlySet<KeyType> = new Set(["value", "text", "version"]);
/** No configuration is this large; it stops documents whose aliases multiply. */
const mostEntries = 50_000;

/** Reads a file's text. An empty text gives no entries and no failure. */
export function readYaml(text: string, file: string, layer: ConfigLayer): Reading {
  const lines = new LineCounter();
  const parsing = parsed(text, lines);
  if (parsing instanceof Error) return { entries: [], failures: [invalid(`the file cannot be read as YAML: ${parsing.message}`, undefined, { file })], warnings: [] };
  const { document, aliases } = parsing;
  const walk: Walk = { file, document, lines, aliases, layer, entries: [], failures: problemsOf(document.errors, { file, lines }) };
  walkDocument(walk);
  return { entries: walk.entries, failures: walk.failures, warnings: problemsOf(document.warnings, { file, lines }) };
}

function walkDocument(walk: Walk): void {
  const root = walk.document.contents;
  for (const alias of walk.aliases.lost.slice(0, 50)) walk.failures.push(invalid(`the alias *${alias.source} has no anchor above it`, `write &${alias.source} before the value it stands for`, placeAt(walk, alias)));
  if (isMap(root)) walkGroup(walk, root, [], "");
  else if (root !== null && walk.failures.length === 0) {
    walk.failures.push(invalid(`the file must hold keys with values, not ${describe(root)}`, "begin with for example `services:`", placeAt(walk, root)));
  }
  if (walk.aliases.left < 0) walk.failures.push(invalid("the file uses too many YAML aliases", "write the values out", { file: walk.file }));
  if (walk.entries.length > mostEntries) walk.failures.push(invalid(`the file has more than ${mostEntries} values`, undefined, { file: walk.file }));
}

function parsed(text: string, lines: LineCounter): { readonly document: Document.Parsed; readonly aliases: Aliases } | Error {
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
    return { document, aliases: aliasesOf(document) };
  } catch (error) {
    // The parser is recursive: text nested thousands deep overflows its stack.
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The first fifty; one wrong indentation can make thousands. */
function problemsOf(errors: readonly YAMLError[], source: Pick<YamlSource, "file" | "lines">): Failure[] {
  return errors.slice(0, 50).map((error) => syntaxFailure(error, source));
}

function syntaxFailure(error: YAMLError, source: Pick<YamlSource, "file" | "lines">): Failure {
  const hints: Readonly<Record<string, string>> = {
    TAB_AS_INDENT: "indent with spaces; YAML forbids tabs",
    DUPLICATE_KEY: "remove or rename one of the two",
    MULTIPLE_DOCS: "keep one document: remove the line with ---",
    BAD_INDENT: "keys of one group begin in the same column",
  };
  return invalid(error.message.split("\n")[0] ?? "invalid YAML", hints[error.code], placeAtOffset(source, error.pos[0]));
}

function walkGroup(walk: Walk, map: Node, path: readonly string[], pattern: string): void {
  if (!isMap(map)) return;
  const rows = childRows(pattern);
  for (const pair of pairsOf(walk, map)) {
    if (walk.entries.length + walk.failures.length > mostEntries) return;
    const row = rows.find((one) => keyName(one) === pair.key);
    if (row !== undefined) walkValue(walk, row, pair, [...path, pair.key]);
    else if (!(path.length === 0 && pair.key.startsWith("x-"))) walkUnknown(walk, pair, path, rows);
  }
}

function walkUnknown(walk: Walk, pair: KeyValue, path: readonly string[], rows: readonly KeyRow[]): void {
  const where = path.length === 0 ? "" : ` in ${dotted(path)}`;
  if (rowAt(path)?.isOpen === true) {
    const plain = plainOf(walk, pair.value);
    if (plain === undefined) fail(walk, `\`${pair.key}\`${where} is nested too deeply`, undefined, pair);
    else if (pair.key.includes(".")) fail(walk, `\`${pair.key}\`${where} must not contain a dot`, undefined, pair);
    else add(walk, [...path, pair.key], plain, pair);
    return;
  }
  const names = rows.map(keyName);
  const nearest = nearestName(pair.key, names);
  fail(walk, `unknown key \`${pair.key}\`${where}`, nearest === undefined ? `valid keys: ${names.join(", ")}` : `did you mean \`${nearest}\`?`, pair);
}

function walkValue(walk: Walk, row: KeyRow, pair: KeyValue, path: readonly string[]): void {
  switch (row.type) {
    case "group":
      return walkBranch(walk, row, pair, path, (map) => walkGroup(walk, map, path, row.path));
    case "map":
      return walkBranch(walk, row, pair, path, (map) => walkMap(walk, row, map, path));
    case "groups":
      return walkList(walk, row, pair, path);
    default:
      return walkLeaf(walk, row, pair, path);
  }
}

/** A group or map. Its own entry, with an empty value, tells that it is there even when nothing is below it. */
function walkBranch(walk: Walk, row: KeyRow, pair: KeyValue, path: readonly string[], descend: (map: Node) => void): void {
  const { value } = pair;
  const word = isScalar(value) && typeof value.value === "string" ? value.value : undefined;
  if (word !== undefined && row.words?.includes(word) === true) {
    const meant = wordEntry(row, word);
    return add(walk, [...path, meant.key], meant.value, pair);
  }
  if (isMap(value)) {
    if (row.path.endsWith(".*")) add(walk, path, {}, pair);
    return descend(value);
  }
  if (value === undefined || (isScalar(value) && value.value === null)) return row.path.endsWith(".*") ? add(walk, path, {}, pair) : undefined;
  const must = `keys with values${row.words === undefined ? "" : `, or one of the words ${row.words.join(", ")}`}`;
  wrong(walk, path, value, must, `valid keys: ${childRows(row.path).map(keyName).join(", ")}`);
}

function walkMap(walk: Walk, row: KeyRow, map: Node, path: readonly string[]): void {
  if (!isMap(map)) return;
  for (const pair of pairsOf(walk, map)) {
    if (walk.entries.length + walk.failures.length > mostEntries) return;
    const child = rowAt([...path, pair.key]);
    const isVariable = row.path.endsWith(".env");
    if (isVariable ? !isVariableName(pair.key) : !isName(pair.key)) {
      fail(walk, `\`${pair.key}\` cannot be a name in ${dotted(path)}`, isVariable ? "use letters, digits and _" : "use up to 63 letters, digits, - and _, beginning with a letter or digit", pair);
    } else if (child !== undefined) walkValue(walk, child, pair, [...path, pair.key]);
  }
}

function walkList(walk: Walk, row: KeyRow, pair: KeyValue, path: readonly string[]): void {
  const list = pair.value;
  if (!isSeq(list)) return wrong(walk, path, list, "a list", `write each item as "- ${itemRows(row).map(keyName).join(", ")}"`);
  const items = list.items.map((item, index) => walkItem(walk, row, resolved(walk, item), [...path, String(index)]));
  add(walk, path, items, pair);
}

function walkItem(walk: Walk, row: KeyRow, node: Node | undefined, path: readonly string[]): Plain {
  if (!isMap(node)) {
    wrong(walk, path, node, "keys with values");
    return {};
  }
  const inner: Walk = { ...walk, entries: [] };
  walkGroup(inner, node, path, `${row.path}.*`);
  const item = Object.fromEntries(inner.entries.map((entry) => [entry.path.at(-1) ?? "", entry.value]));
  for (const child of itemRows(row)) {
    if (child.isRequired === true && !pairsOf(walk, node).some(({ key }) => key === keyName(child))) fail(walk, `${dotted(path)} has no \`${keyName(child)}\``, child.about, { keyNode: node });
  }
  return item;
}

function walkLeaf(walk: Walk, row: KeyRow, pair: KeyValue, path: readonly string[]): void {
  const written = writtenTypes.has(row.type) ? writtenText(pair.value) : undefined;
  const plain = written ?? plainOf(walk, pair.value);
  const checked = plain === undefined ? { ok: false as const, must: "a simple value" } : checkValue(row, plain);
  if (checked.ok) add(walk, path, checked.value, pair);
  else {
    wrong(walk, path, pair.value ?? pair.keyNode, checked.must, checked.hint, pair.value === undefined ? null : plain);
    // The key is there, though wrong: rules about missing keys need not speak as well.
    add(walk, path, null, pair);
  }
}

function wrong(walk: Walk, path: readonly string[], node: Node | undefined, must: string, hint?: string, plain = plainOf(walk, node)): void {
  const value = plain === undefined ? "something else" : plain === null ? "empty" : shown(plain);
  walk.failures.push(invalid(`\`${dotted(path)}\` is ${value}, but must be ${must}`, hint, placeAt(walk, node)));
}

function fail(walk: Walk, message: string, hint: string | undefined, at: Pick<KeyValue, "keyNode">): void {
  walk.failures.push(invalid(message, hint, placeAt(walk, at.keyNode)));
}

function add(walk: Walk, path: readonly string[], value: Plain, at: KeyValue): void {
  walk.entries.push({ path, value, origin: { layer: walk.layer, ...placeAt(walk, at.keyNode) } });
}

function describe(node: Node): string {
  return isSeq(node) ? "a list" : "a single value";
}
