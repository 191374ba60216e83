/** Foreign JSON (with comments) and YAML as plain data; whatever is not as expected is empty. */
import { parse } from "yaml";

export interface Data {
  readonly [key: string]: unknown;
}

/** The object a text or a value holds; JSON is YAML once its comments are gone. */
export function plainData(value: unknown): Data {
  const read = typeof value === "string" ? parsed(value) : value;
  return isData(read) ? read : {};
}

/** The items of a list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text as it is, numbers as text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

function parsed(text: string): unknown {
  try {
    return parse(text.trimStart().startsWith("{") || text.trimStart().startsWith("//") ? withoutComments(text) : text, { logLevel: "silent", merge: true });
  } catch {
    return undefined;
  }
}

/** Strings are kept whole: an address holds two slashes too. */
function withoutComments(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) => (part.startsWith('"') ? part : ""));
}

function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
