/** Checks one value against its row and brings it into its final form. Pure; tells problems as text. */
import type { KeyRow, KeyType, Plain } from "./keys.ts";

export type Checked =
  | { readonly ok: true; readonly value: Plain }
  | { readonly ok: false; readonly must: string; readonly hint?: string };

type Check = (value: Plain, row: KeyRow) => Checked;

const maxTimerMs = 2_147_483_647;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

const checks: Readonly<Record<KeyType, Check>> = {
  group: (value) => good(value),
  map: (value) => good(value),
  groups: (value) => good(value),
  text: (value) => (typeof value === "string" && value.trim() !== "" ? good(value) : bad("text")),
  value: (value) => (value === null ? good("") : typeof value === "object" ? bad("a single value", "quote the text if it holds special characters") : good(String(value))),
  version: (value) => (typeof value === "number" || (typeof value === "string" && value !== "") ? good(/^\d{1,9}$/.test(String(value)) ? Number(value) : String(value)) : bad("a version")),
  boolean: (value) => (typeof value === "boolean" ? good(value) : bad("true or false")),
  count: (value) => (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 ? good(value) : bad("a whole number from 1")),
  share: (value) => (typeof value === "number" && value >= 0 && value <= 1 ? good(value) : bad("a number from 0 to 1")),
  size: checkSize,
  percent: checkPercent,
  choice: checkChoice,
  duration: checkDuration,
  command: checkCommand,
  texts: (value) => (isTexts(value) ? good(value) : bad("a list of texts", "write it as [one, two]")),
  names: (value) => (isTexts(value) && value.every(isName) ? good(value) : bad("a list of names", "write it as [one, two]")),
  port: (value) => (isPort(value) ? good(value) : bad("a port number from 1 to 65535")),
  port_or_none: (value) => (isPort(value) || value === "none" ? good(value) : bad("a port number from 1 to 65535, or none")),
  path: checkDirectory,
  file: checkFile,
  address: (value) => (typeof value === "string" && /^\/\S*$/.test(value) ? good(value) : bad("a path that begins with /", "the host and port are known; write for example /healthz")),
  pattern: checkPattern,
};

/** Checks a value as it was parsed from a file. */
export function checkValue(row: KeyRow, value: Plain): Checked {
  return checks[row.type](value, row);
}

/** Checks a value that can only be text: from the environment, a flag or the Python engine's form. */
export function checkText(row: KeyRow, text: string): Checked {
  return checkValue(row, fromText(row.type, text.trim()));
}

/** Whether a service, requirement, mode or port may be called this: it becomes part of ids, paths and templates. */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** Whether the text is a valid name of an environment variable. */
export function isVariableName(text: string): boolean {
  return variablePattern.test(text);
}

/** A value as shown in messages, shortened. */
export function shown(value: Plain): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function good(value: Plain): Checked {
  return { ok: true, value };
}

function bad(must: string, hint?: string): Checked {
  return hint === undefined ? { ok: false, must } : { ok: false, must, hint };
}

function isPort(value: Plain): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function isTexts(value: Plain): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string" && one !== "");
}

function checkChoice(value: Plain, row: KeyRow): Checked {
  const choices = row.choices ?? [];
  // Only these two: data from a file may have a `toString` of its own.
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  if (choices.includes(text) || (row.orElse !== undefined && new RegExp(row.orElse.pattern).test(text))) return good(text);
  return bad(choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(", ")}${row.orElse === undefined ? "" : `, or ${row.orElse.words}`}`);
}

function checkDuration(value: Plain): Checked {
  const must = bad("a duration", "write seconds as a number, or text such as 500ms, 30s, 2m, 1h");
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(typeof value === "number" || typeof value === "string" ? String(value).trim() : "");
  if (match === null) return must;
  const durationMs = Math.round(Number(match[1]) * (unitMs[match[2] ?? "s"] ?? 1000));
  return durationMs <= maxTimerMs ? good(durationMs) : bad("at most 24 days");
}

/** Bytes; a letter means powers of 1024. */
function checkSize(value: Plain): Checked {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(typeof value === "number" || typeof value === "string" ? String(value).trim() : "");
  const bytes = Math.round(Number(match?.[1]) * 1024 ** " KMGT".indexOf((match?.[2] ?? "").toUpperCase() || " "));
  return match !== null && Number.isSafeInteger(bytes) && bytes > 0 ? good(bytes) : bad("a size", "write bytes as a number, or text such as 64K, 512M, 2G");
}

/** A share of one core: 75% is 0.75. */
function checkPercent(value: Plain): Checked {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(typeof value === "string" ? value.trim() : "");
  const share = Number(match?.[1]) / 100;
  return match !== null && share > 0 ? good(share) : bad("a percentage", "write it with its sign, such as 75% or 150%");
}

function checkCommand(value: Plain): Checked {
  if (typeof value === "string" && value.trim() !== "") return good(value.trim());
  if (isTexts(value) && value.length > 0) return good(value);
  return bad("a command", 'write text such as "npm run dev", or a list such as [node, server.js]');
}

function checkDirectory(value: Plain): Checked {
  if (typeof value !== "string" || value === "") return bad("a directory");
  const isOutside = value.startsWith("/") || value.split("/").includes("..");
  return isOutside ? bad("a directory inside the project", "write it relative to the project's root, without ..") : good(value.replace(/(?<=.)\/+$/, ""));
}

function checkFile(value: Plain): Checked {
  if (typeof value !== "string" || value === "" || value.endsWith("/")) return bad("a file");
  const isOutside = value.startsWith("/") || value.split("/").includes("..");
  return isOutside ? bad("a file inside the service's directory", "write it relative to `dir`, without ..") : good(value);
}

function checkPattern(value: Plain): Checked {
  if (typeof value !== "string" || value === "") return bad("a regular expression");
  try {
    return good(new RegExp(value).source === "" ? "" : value);
  } catch (error) {
    return bad("a regular expression", error instanceof Error ? error.message : String(error));
  }
}

function fromText(type: KeyType, text: string): Plain {
  switch (type) {
    case "boolean":
      return booleanOf(text) ?? text;
    case "share":
      return /^\d*\.?\d+$/.test(text) ? Number(text) : text;
    case "count":
    case "port":
    case "port_or_none":
      return /^\d+$/.test(text) ? Number(text) : text;
    case "names":
    case "texts":
      return text === "" ? [] : text.replace(/^\[(.*)\]$/s, "$1").split(",").map((one) => one.trim().replace(/^(["'])(.*)\1$/, "$2"));
    case "command":
      return listOf(text) ?? text;
    default:
      return text;
  }
}

/** The words of the Python engine's form. */
export function booleanOf(text: string): boolean | undefined {
  if (/^(true|1|yes|on|y)$/i.test(text)) return true;
  return /^(false|0|no|off|n)$/i.test(text) ? false : undefined;
}

function listOf(text: string): readonly string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((one): one is string => typeof one === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}
