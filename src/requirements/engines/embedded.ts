/** What embedded servers have in common: finding a program, and making directories that are whole or absent. */
import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { noteChecksums } from "../../host/checksums.ts";
import { errorCode, errorText } from "../../host/files.ts";
import { UserError } from "../../model/failure.ts";
import type { Host } from "../../host/host.ts";
import type { Account } from "../../host/machine.ts";
import { makeOwnDirectory, makeParents } from "./account.ts";

/** The directories of a PATH, absolute ones only. */
export function pathDirectories(environment: Host["environment"]): readonly string[] {
  return (environment["PATH"] ?? "").split(":").filter((directory) => isAbsolute(directory));
}

/** Every executable file called one of `names` in `directories`, directories first in order. */
export function findPrograms(names: readonly string[], directories: readonly string[]): readonly string[] {
  return directories.flatMap((directory) => names.map((name) => join(directory, name))).filter(isExecutable);
}

/** A regular file the caller may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** `~/` is the home of the environment's user. */
export function expandHome(path: string, environment: Host["environment"]): string {
  return path.startsWith("~/") ? join(environment["HOME"] ?? "/", path.slice(2)) : path;
}

/** Where fetched server programs are kept. */
export function runtimesDirectory(host: Host): string {
  return join(host.paths.cacheRoot, "runtimes");
}

/** Names in a directory; none when it does not exist. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

export interface DirectoryRequest {
  readonly target: string;
  readonly host: Host;
  /** Whose private directory it becomes; without one it belongs to the caller and everyone may read it. */
  readonly owner: Account | "caller" | "everyone";
  /** Fills the temporary directory beside the target. May return another target, when its name shows only in the end. */
  readonly build: (temporary: string) => Promise<string | void>;
}

/**
 * Builds a directory beside its place and renames it in, so it is never seen half made. Of two that build at once the
 * first wins and the other throws its own away. Returns whether ours is the one that counts.
 */
export async function buildDirectory(request: DirectoryRequest): Promise<boolean> {
  try {
    return await built(request);
  } catch (error) {
    throw request.owner === "everyone" && isOfDisk(error) ? cacheError(request, error) : error;
  }
}

/** Also where a program tells of it that was called. */
function isOfDisk(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS"].includes(errorCode(error) ?? "") || /\b(?:ENOSPC|EDQUOT|EROFS)\b/.test(errorText(error));
}

function cacheError({ target, host }: DirectoryRequest, error: unknown): UserError {
  return new UserError({
    reason: "state_unwritable",
    message: `${basename(target)} could not be put into ${host.paths.cacheRoot}, where envctl keeps programs that it fetches: ${errorText(error)}`,
    hint: "free some space there, or mend its permissions; ENVCTL_CACHE_DIR names another directory",
  });
}

async function built({ target, host, owner, build }: DirectoryRequest): Promise<boolean> {
  makeParents(target, host);
  removeAbandoned(target, host.clock.now());
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    if (owner === "everyone") mkdirSync(temporary, { mode: 0o700 });
    else makeOwnDirectory(temporary, owner === "caller" ? undefined : owner);
    const finalTarget = (await build(temporary)) ?? target;
    if (owner === "everyone") {
      noteChecksums(temporary);
      chmodSync(temporary, 0o755);
    }
    return moveIn(temporary, finalTarget);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Replaces an absent or empty directory; false when there is something already. */
function moveIn(temporary: string, target: string): boolean {
  try {
    renameSync(temporary, target);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(errorCode(error) ?? "")) return false;
    throw error;
  }
}

const abandonedAfterMs = 3_600_000;

/** Left by a process that was killed while building. The age counts too: a builder may live in another pid namespace. */
function removeAbandoned(target: string, now: number): void {
  const prefix = `${basename(target)}.`;
  for (const name of namesIn(dirname(target))) {
    const pid = /^(\d+)\.[0-9a-f]{8}\.tmp$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : "")?.[1];
    const path = join(dirname(target), name);
    if (pid === undefined || isRunning(Number(pid)) || now - statSync(path).mtimeMs < abandonedAfterMs) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}
