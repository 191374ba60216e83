/** Files the way state needs them: atomic, private, and never half read. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { faultPoint } from "./fault-point.ts";

/** Writes through a temporary file in the same directory and a rename; readers see the old text or the new one. */
export function writeAtomic(path: string, text: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    faultPoint("file.torn", () => writeFileSync(temporary, text.slice(0, text.length / 2)));
    writeFileSync(temporary, text, { mode });
    faultPoint("file.unnamed");
    renameSync(temporary, path);
    faultPoint("file.written");
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The parsed file, or undefined when it is missing or not JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Makes a private directory and its parents. When envctl is root its servers run as another user and must be able to
 * pass through: `passable` adds the search permission, nothing else.
 */
export function makeDirectory(path: string, passable = false): void {
  if (existsSync(path)) return;
  makeParent(path, passable);
  try {
    // One at a time: below /proc, Node's own way to make all of them never ends.
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
  if (passable) chmodSync(path, 0o711);
}

function makeParent(path: string, passable: boolean): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeDirectory(parent, passable);
}

/** The code of a system error (`ENOENT`), or undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Undefined when what it looks at is not there; any other trouble is thrown. */
export function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The message of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
