/** Passwords, one private file per project: generated on first use, or those of servers outside of envctl. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { errorCode, makeDirectory, writeAtomic } from "../host/files.ts";
import { supabaseKeys } from "./supabase-keys.ts";

export interface Secrets {
  /** The value of `<project>/<requirement>/<name>`, generated when there is none. Throws the system's error when it cannot be kept. */
  reveal(key: string): string;
  /** Keeps a value that was made elsewhere. Throws the system's error when it cannot. */
  keep(key: string, value: string): void;
  /** The value if there is one. Changes nothing. */
  known(key: string): string | undefined;
}

/** A secret that is computed from another one of the same requirement. */
export interface DerivedSecret {
  readonly from: string;
  make(value: string): string;
}

interface SecretsFile {
  readonly schemaVersion: 1;
  readonly values: Readonly<Record<string, string>>;
}

/** Every call reads the file and works synchronously, so that callers in one process cannot overtake each other. */
export function createSecrets(directory: string): Secrets {
  const kept = (key: string): string | undefined => read(fileOf(directory, key))?.values[key];
  const keep = (key: string, value: string): void => {
    if (kept(key) !== value) write(directory, key, value);
  };
  const reveal = (key: string): string => kept(key) ?? write(directory, key, generated());
  return { keep, known: (key) => throughDerivation(key, kept), reveal: (key) => throughDerivation(key, reveal) };
}

/** What a key stands for, where it is computed with what `source` has for the one it comes from. */
function throughDerivation<T extends string | undefined>(key: string, source: (key: string) => T): T | string {
  const [name = "", requirement = ""] = key.split("/").reverse();
  const derived = supabaseKeys[`${requirement}/${name}`];
  if (derived === undefined) return source(key);
  const origin = source(`${key.slice(0, -name.length)}${derived.from}`);
  return origin === undefined ? origin : derived.make(origin);
}

/** 32 characters of A-Z a-z 0-9 - _: nothing in them needs quoting in a URL, a file or SQL, and no key may be shorter. */
function generated(): string {
  return randomBytes(24).toString("base64url");
}

function write(directory: string, key: string, value: string): string {
  makeDirectory(directory);
  const file = fileOf(directory, key);
  const values = read(file)?.values ?? setAside(file);
  const content: SecretsFile = { schemaVersion: 1, values: { ...values, [key]: value } };
  writeAtomic(file, `${JSON.stringify(content, undefined, 2)}\n`, 0o600);
  return value;
}

/** A damaged file is kept for a person to look at; servers get their new password when they are prepared. */
function setAside(file: string): SecretsFile["values"] {
  if (existsSync(file)) renameSync(file, `${file}.damaged`);
  return {};
}

/** Undefined when the file is missing or damaged; throws when it is there but must not be read. */
function read(file: string): SecretsFile | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isSecretsFile(content) ? content : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isSecretsFile(content: unknown): content is SecretsFile {
  if (typeof content !== "object" || content === null || !("values" in content)) return false;
  const { values } = content;
  return typeof values === "object" && values !== null && Object.values(values).every((value) => typeof value === "string");
}

/** The project is everything but the last two parts of a key; its name may hold slashes. */
function fileOf(directory: string, key: string): string {
  const parts = key.split("/");
  if (parts.length < 3) throw new Error(`a secret's key is <project>/<requirement>/<name>, not "${key}"`);
  return join(directory, `${encodeURIComponent(parts.slice(0, -2).join("/"))}.json`);
}
