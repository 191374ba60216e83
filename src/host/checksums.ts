/** What the files of a directory were when it was made, so that damage is noticed later. */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { readJson, writeAtomic } from "./files.ts";

const noteName = ".checksums.json";

interface Note {
  readonly schemaVersion: 1;
  /** Path → size in bytes and sha256. */
  readonly files: Readonly<Record<string, readonly [bytes: number, sha256: string]>>;
}

/** Notes every regular file below `directory`, in a file of its own there. */
export function noteChecksums(directory: string): void {
  const files = Object.fromEntries(regularFiles(directory).map((path) => [relative(directory, path), [lstatSync(path).size, sha256Of(path)] as const]));
  const note: Note = { schemaVersion: 1, files };
  writeAtomic(join(directory, noteName), JSON.stringify(note), 0o644);
}

/** Paths that are missing or not what they were; undefined where nothing was noted. Sizes of all are compared, contents up to `budgetBytes`, programs first. */
export function damagedFiles(directory: string, budgetBytes: number): readonly string[] | undefined {
  const note = noteOf(readJson(join(directory, noteName)));
  if (note === undefined) return undefined;
  let left = budgetBytes;
  const entries = Object.entries(note.files).toSorted(([one], [other]) => Number(other.includes("bin/")) - Number(one.includes("bin/")));
  return entries.filter(([name, [bytes, sha256]]) => {
    const path = join(directory, name);
    if (!existsSync(path) || lstatSync(path).size !== bytes) return true;
    if (bytes > left) return false;
    left -= bytes;
    return sha256Of(path) !== sha256;
  }).map(([name]) => join(directory, name));
}

function regularFiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? regularFiles(path) : entry.isFile() ? [path] : [];
  });
}

function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function noteOf(value: unknown): Note | undefined {
  return typeof value === "object" && value !== null && "files" in value ? (value as Note) : undefined;
}
