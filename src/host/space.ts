/** How much room files take, and how much there is. */
import { lstatSync, readdirSync, statfsSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "./files.ts";

/** Bytes of a directory and everything below it, as files count them; what goes away meanwhile counts nothing. `omit`: names right below it that do not count. */
export function treeBytes(directory: string, omit: readonly string[] = []): number {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter(({ name }) => !omit.includes(name)).reduce((sum, entry) => sum + (entry.isDirectory() ? treeBytes(join(directory, entry.name)) : lstatSync(join(directory, entry.name)).size), 0);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}

/** The same, file by file, so that nobody waits for it. */
export async function treeBytesAside(directory: string): Promise<number> {
  let bytes = 0;
  try {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      bytes += entry.isDirectory() ? await treeBytesAside(path) : await sizeAside(path);
    }
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  return bytes;
}

async function sizeAside(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}

/** Bytes that can still be written below an existing directory. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
