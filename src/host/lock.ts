/**
 * A lock between processes that survives the death of its holder.
 *
 * The lock is the file `<path>.<generation>` with the highest generation; it holds the owner's process identity. Taking
 * over from a dead owner means creating the next generation with O_EXCL (link), which only one can; whoever then sees
 * another living owner steps back. Nothing alive is ever removed by another, so there is no moment with two owners,
 * whatever is killed when.
 */
import { linkSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { ProcessHandle } from "../model/unit.ts";
import { faultPoint } from "./fault-point.ts";
import { errorCode, makeDirectory } from "./files.ts";

export interface Lock {
  release(): void;
}

/** Returns the lock, or the identity of the living owner. `isAlive` must say true for anything that cannot be judged. */
export function tryLock(path: string, me: ProcessHandle, isAlive: (owner: ProcessHandle) => boolean): Lock | ProcessHandle {
  makeDirectory(dirname(path));
  for (;;) {
    const found = generations(path);
    const owner = livingOwner(path, found, isAlive);
    if (owner !== undefined) return owner;
    const mine = (found.at(-1) ?? 0) + 1;
    if (!create(path, mine, me)) continue;
    const others = generations(path).filter((generation) => generation !== mine);
    if (livingOwner(path, others, isAlive) !== undefined) {
      // Somebody else got one while we slept between reading and creating: step back and look again.
      rmSync(`${path}.${mine}`, { force: true });
      continue;
    }
    for (const old of others) rmSync(`${path}.${old}`, { force: true });
    removeUnnamed(dirname(path));
    return { release: () => rmSync(`${path}.${mine}`, { force: true }) };
  }
}

function livingOwner(path: string, found: readonly number[], isAlive: (owner: ProcessHandle) => boolean): ProcessHandle | undefined {
  return found.map((generation) => readOwner(path, generation)).find((owner) => owner !== undefined && isAlive(owner));
}

/** The owner as written, dead or alive. */
export function lockOwner(path: string): ProcessHandle | undefined {
  const newest = generations(path).at(-1);
  return newest === undefined ? undefined : readOwner(path, newest);
}

/** True when `tryLock` gave a lock. */
export function isLock(result: Lock | ProcessHandle): result is Lock {
  return "release" in result;
}

function generations(path: string): readonly number[] {
  const prefix = `${basename(path)}.`;
  const names = existing(dirname(path)).filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)));
  return names.map((name) => Number(name.slice(prefix.length))).sort((one, other) => one - other);
}

function existing(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

const unnamedPrefix = ".lock-";

/** Files of processes that were killed before they could name them. One of a living process it makes again. */
function removeUnnamed(directory: string): void {
  for (const name of existing(directory)) if (name.startsWith(unnamedPrefix)) rmSync(join(directory, name), { force: true });
}

/** Link, not open: the content is there the moment the name is. */
function create(path: string, generation: number, me: ProcessHandle): boolean {
  const temporary = join(dirname(path), `${unnamedPrefix}${process.pid}-${randomBytes(4).toString("hex")}`);
  writeFileSync(temporary, JSON.stringify(me), { mode: 0o600 });
  try {
    faultPoint("lock.unnamed");
    linkSync(temporary, `${path}.${generation}`);
    faultPoint("lock.linked");
    return true;
  } catch (error) {
    // Without its file: somebody who got the lock meanwhile took it for one left behind.
    if (errorCode(error) === "EEXIST" || errorCode(error) === "ENOENT") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readOwner(path: string, generation: number): ProcessHandle | undefined {
  try {
    return JSON.parse(readFileSync(`${path}.${generation}`, "utf8")) as ProcessHandle;
  } catch {
    return undefined;
  }
}
