/**
 * Hides what is secret in everything that leaves the machine or is shown on request: packs, events, logs, errors, variables.
 * Structures are walked; what is hidden is known by its value, by the name it stands under, or by how it looks. Pure.
 */
import { masked } from "../model/secrets.ts";
import { withoutKeyLines } from "./key-lines.ts";
import { formsOf } from "./known-values.ts";
import { isDoubtfulName, isSecretName, looksSecret } from "./names.ts";
import { withoutSecretArguments } from "./program-arguments.ts";
import { textRules } from "./text-rules.ts";

export interface Secrets {
  /** Values that are hidden wherever they stand, encoded or not. */
  readonly values?: readonly string[];
  /** Names whose values are hidden, beside those that look secret. */
  readonly names?: ReadonlySet<string>;
}

/** Told of everything that was hidden, by the id of the rule. */
export type Note = (rule: string) => void;

export interface Redaction {
  text(text: string, note?: Note): string;
  /** Lines that stood below each other. */
  lines(lines: readonly string[], note?: Note): readonly string[];
  /** The same value with every text in it, names included, made harmless. */
  value(value: unknown, note?: Note): unknown;
  /** What stands under a name. */
  named(name: string, text: string, note?: Note): string;
}

const unnoted: Note = () => undefined;
/** Deeper than anything that is written on purpose. */
const deepest = 200;

/** Prepares the known values once, for any number of texts. */
export function createRedaction(secrets: Secrets = {}): Redaction {
  const forms = formsOf(secrets.values ?? []);
  const names = secrets.names ?? new Set<string>();
  const text = (given: string, note: Note = unnoted): string => bySight(byValue(given, forms, note), note);
  const named = (name: string, given: string, note: Note = unnoted): string => {
    const isSecret = given !== "" && given !== masked && (names.has(name) || isSecretName(name, given) || (isDoubtfulName(name) && looksSecret(given)));
    if (!isSecret) return text(given, note);
    note("name");
    return masked;
  };
  const withoutKeys = (given: readonly string[], note: Note): readonly string[] =>
    withoutKeyLines(given).map((line, at) => {
      if (line !== given[at]) note("pem");
      return line;
    });
  const withoutArguments = (given: readonly string[], note: Note): readonly string[] =>
    withoutSecretArguments(given).map((word, at) => {
      if (word !== given[at]) note("argument");
      return word;
    });
  const lines = (given: readonly string[], note: Note = unnoted): readonly string[] => withoutKeys(given, note).map((line) => text(line, note));
  const walked = (value: unknown, name: string, note: Note, depth: number): unknown => {
    if (depth > deepest) return masked;
    if (typeof value === "string") return named(name, value, note);
    if (typeof value === "number" && Math.abs(value) >= 1000 && isSecretName(name)) return named(name, String(value), note);
    if (Array.isArray(value)) {
      const list: readonly unknown[] = value.every((one): one is string => typeof one === "string") ? withoutArguments(withoutKeys(value, note), note) : value;
      return list.map((one, at) => walked(one, nameInList(list[at - 1], name), note, depth + 1));
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    const label = labelOf(entries);
    const below = (key: string): string => (isSecretName(name) ? name : key === "value" ? (label ?? key) : key);
    return Object.fromEntries(entries.map(([key, one]) => [text(key, note), walked(one, below(key), note, depth + 1)]));
  };
  return { text, lines, named, value: (value, note = unnoted) => walked(value, "", note, 0) };
}

/** `["--password", "x"]`; else what the list stands under. */
function nameInList(previous: unknown, name: string): string {
  return typeof previous === "string" && /^--?[A-Za-z][\w-]*$/.test(previous) && isSecretName(previous) ? previous : name;
}

/** `{ name: "DB_PASSWORD", value: "x" }`. */
function labelOf(entries: readonly (readonly [string, unknown])[]): string | undefined {
  const label = entries.find(([key]) => key === "name" || key === "key")?.[1];
  return typeof label === "string" ? label : undefined;
}

function byValue(text: string, forms: readonly string[], note: Note): string {
  let shown = text;
  for (const form of forms) {
    if (!shown.includes(form)) continue;
    note("known value");
    shown = shown.replaceAll(form, masked);
  }
  return shown;
}

function bySight(text: string, note: Note): string {
  let shown = text;
  for (const { id, hint, pattern, replace } of textRules) {
    if (!hint.test(shown)) continue;
    shown = shown.replace(pattern, (...found: readonly unknown[]) => {
      const [match = "", ...groups] = found.filter((one): one is string => typeof one === "string");
      const instead = replace(match, ...groups);
      if (instead !== match) note(id);
      return instead;
    });
  }
  return shown;
}
