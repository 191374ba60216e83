/** The text of `.envctl.example`: every key of the table with its default. It is itself a valid configuration. */
import { childRows, keyName } from "./key-tree.ts";
import type { KeyRow, Plain } from "./keys.ts";
import { flow } from "./proposed.ts";

const width = 116;

/** A configuration file that shows every key; keys without a default, and those that exclude each other, are commented out. */
export function exampleFile(): string {
  const head = [
    "# .envctl.example: every key of envctl's configuration with its default. Made from the table of keys; do not edit.",
    "# Copy what you need to .envctl at the root of the repository. `envctl config --detect --write` writes a first one.",
    "# Weakest to strongest: defaults, system and user file, .envctl, .envctl.<profile>, .envctl.local, environment",
    "# (ENVCTL__SERVICES__BACKEND__PORT=8100), flags. Durations are seconds or text such as 500ms, 30s, 2m.",
    "",
  ];
  return `${[...head, ...childRows("").flatMap((row) => rowLines(row, "", false))].join("\n")}\n`;
}

/** What a key holds without being set, in words. */
export function defaultText(row: KeyRow): string {
  if (row.default !== undefined) return flow(row.default);
  if (row.otherwise !== undefined) return row.otherwise;
  return row.isRequired === true ? "required" : "none";
}

/** A value that shows how the key is written. */
function exampleValue(row: KeyRow): Plain | undefined {
  return row.default === undefined || row.isRequired === true ? row.example : row.default;
}

function rowLines(row: KeyRow, indent: string, isOff: boolean): readonly string[] {
  const name = keyName(row);
  const children = childRows(row.path);
  if (name === "*" && children.length === 0) return leafOfMap(row, indent);
  const label = name === "*" ? String(row.example) : name;
  const about = aboutLines(row, indent, name === "*" || children.length > 0);
  if (row.type === "groups") return [...about, `${indent}${mark(isOff)}${label}: ${flow(row.default ?? [])}`, ...itemLines(row, indent)];
  if (children.length > 0) {
    const areOff = isOff || row.isOff === true || (row.type === "map" && row.path.split(".").length > 2);
    return [...about, `${indent}${mark(areOff)}${label}:`, ...children.flatMap((child) => rowLines(child, `${indent}  `, areOff)), ...(indent === "" ? [""] : [])];
  }
  const isShown = !isOff && (row.default !== undefined || row.isRequired === true || (row.type === "port_or_none"));
  return [...about, `${indent}${mark(!isShown)}${label}: ${flow(exampleValue(row) ?? "")}`, ...(indent === "" ? [""] : [])];
}

/** A map's own names, commented out: they are the user's. */
function leafOfMap(row: KeyRow, indent: string): readonly string[] {
  const example = typeof row.example === "object" && row.example !== null && !Array.isArray(row.example) ? Object.entries(row.example) : [];
  return example.map(([name, value]) => `${indent}# ${name}: ${flow(value)}`);
}

function itemLines(row: KeyRow, indent: string): readonly string[] {
  const items = childRows(`${row.path}.*`);
  const item = Object.fromEntries(items.map((child) => [keyName(child), child.example ?? null]));
  return [...items.flatMap((child) => aboutLines(child, `${indent}  `, false, `${keyName(child)}: `)), `${indent}  # - ${flow(item)}`];
}

function aboutLines(row: KeyRow, indent: string, isBranch: boolean, before = ""): readonly string[] {
  const notes = [
    ...(row.choices !== undefined && row.choices.length > 1 ? [`One of ${row.choices.join(", ")}.`] : []),
    ...(row.words === undefined ? [] : [`Or one word: ${row.words.join(", ")}.`]),
    ...(isBranch && row.otherwise === undefined ? [] : [row.isRequired === true ? "Required." : `Default: ${defaultText(row)}`]),
  ];
  return wrapped(`${before}${[row.about, ...notes].join(" ")}`, width - indent.length - 2).map((line) => `${indent}# ${line}`);
}

function mark(isOff: boolean): string {
  return isOff ? "# " : "";
}

function wrapped(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
