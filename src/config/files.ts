/** The only file of config with effects: reads and writes configuration files and looks at a repository, synchronously. */
import { chmodSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../model/failure.ts";
import type { Tree } from "./detect/tree.ts";
import { invalid } from "./entry.ts";

/** No configuration is larger; a larger file is something else by mistake. */
const largestFileBytes = 1024 * 1024;

type TextReading =
  | { readonly state: "absent" }
  | { readonly state: "read"; readonly text: string }
  | { readonly state: "failed"; readonly failure: Failure };

/** Reads a configuration file as UTF-8 text; whatever stands against that is told as a failure. */
export function readConfigText(file: string): TextReading {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return failed(`${file} is a directory, not a file`, "rename the directory; further files of envctl go into .envctl.d/", file);
    if (!stats.isFile()) return failed(`${file} is not a regular file`, "put a regular file there", file);
    if (stats.size > largestFileBytes) return failed(`${file} is ${stats.size} bytes long, more than the ${largestFileBytes} a configuration may have`, "check that it is the right file", file);
    return decoded(readFileSync(file), file);
  } catch (error) {
    return unreadable(error, file);
  }
}

/** Writes a new file; false when something is there already. */
export function createConfigText(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Puts a text in the place of a file, whole or not at all; its permissions stay, and a link stays a link. */
export function replaceConfigText(file: string, text: string): void {
  const target = realpathSync(file);
  const temporary = `${target}.new`;
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    chmodSync(temporary, statSync(target).mode);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Changes whenever the file does, or comes, or goes. */
export function fileStamp(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
}

/** A repository as files on disk. Nothing is executed, large files are passed over. */
export function treeAt(root: string): Tree {
  const listed = new Map<string, readonly string[]>();
  return {
    read: (path) => {
      try {
        const file = join(root, path);
        const stats = statSync(file);
        return stats.isFile() && stats.size <= largestFileBytes ? readFileSync(file, "utf8") : undefined;
      } catch {
        return undefined;
      }
    },
    list: (directory) => {
      const names = listed.get(directory) ?? namesIn(join(root, directory));
      listed.set(directory, names);
      return names;
    },
  };
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).map((item) => (item.isDirectory() ? `${item.name}/` : item.name));
  } catch {
    return [];
  }
}

function decoded(bytes: Buffer, file: string): TextReading {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const zero = text.indexOf("\0");
    return zero < 0 ? { state: "read", text } : notText(bytes.subarray(0, bytes.indexOf(0)), "holds a zero byte", file);
  } catch {
    return notText(bytes.subarray(0, firstInvalid(bytes)), "is not UTF-8", file);
  }
}

function notText(before: Buffer, what: string, file: string): TextReading {
  const lines = before.toString("utf8").split("\n");
  const place = { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  return { state: "failed", failure: invalid(`${file} ${what}`, "save it as UTF-8 text", place) };
}

/** Length of the longest prefix that is UTF-8, found by halving. */
function firstInvalid(bytes: Buffer): number {
  let [valid, invalidFrom] = [0, bytes.length];
  while (invalidFrom - valid > 1) {
    const middle = (valid + invalidFrom) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) valid = middle;
    else invalidFrom = middle;
  }
  return valid;
}

/** `stream` lets a prefix end inside a character. */
function isUtf8Prefix(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function unreadable(error: unknown, file: string): TextReading {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") return { state: "absent" };
  const why = code === "EACCES" || code === "EPERM" ? "permission denied" : error instanceof Error ? error.message : String(error);
  return failed(`${file} cannot be read: ${why}`, "check its permissions", file);
}

function failed(message: string, hint: string, file: string): TextReading {
  return { state: "failed", failure: invalid(message, hint, { file }) };
}
