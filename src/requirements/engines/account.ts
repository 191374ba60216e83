/** When envctl is root its servers run as an unprivileged account: what that account owns, and what it can reach. */
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeDirectory } from "../../host/files.ts";
import type { Host } from "../../host/host.ts";
import type { Account } from "../../host/machine.ts";
import { UserError } from "../../model/failure.ts";

/** Makes the parents of something a server uses, so that its account can pass through; throws a UserError naming what blocks it. */
export function makeParents(path: string, host: Host): void {
  const { serverAccount } = host.machine;
  makeDirectory(dirname(path), serverAccount !== undefined);
  if (serverAccount !== undefined) openParents(path, serverAccount, host);
}

/** The nearest-to-root directory above `path` that `account` may not search. Group memberships beyond the main one and ACLs are not looked at. */
export function blockingDirectory(path: string, account: Account): string | undefined {
  const parent = dirname(path);
  const above = parent === path ? undefined : blockingDirectory(parent, account);
  return above ?? (parent === path || maySearch(parent, account) ? undefined : parent);
}

/** True when `account` may execute the program at `path`. Without an account the caller itself runs it. */
export function canExecute(path: string, account: Account | undefined): boolean {
  return account === undefined || (blockingDirectory(path, account) === undefined && maySearch(path, account));
}

/** A new private directory of the account's, or of the caller's own without one. Its parent must exist. */
export function makeOwnDirectory(path: string, account: Account | undefined): void {
  mkdirSync(path, { mode: 0o700 });
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}

/** Writes a private file of the account's atomically. */
export function writeOwnFile(path: string, text: string, account: Account | undefined): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: "wx" });
    if (account !== undefined) chownSync(temporary, account.uid, account.gid);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Gives a data directory to the account when it belongs to another: it was used as another user, or the account has changed. */
export async function takeOver(directory: string, host: Host, signal: AbortSignal): Promise<void> {
  const { serverAccount } = host.machine;
  if (serverAccount === undefined || statSync(directory).uid === serverAccount.uid) return;
  const owner = `${serverAccount.uid}:${serverAccount.gid}`;
  const result = await host.runProgram(["chown", "-R", "-h", owner, directory], { timeoutMs: 120_000, signal, environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
  if (result.code !== 0) {
    throw new UserError({ reason: "prepare_failed", message: `${directory} could not be given to the user the server runs as (uid ${serverAccount.uid}): ${result.trouble ?? result.stderr}` });
  }
}

/** Directories below our own roots get the search permission; any other is the user's, so it is named instead. */
function openParents(path: string, account: Account, host: Host): void {
  for (let blocked = blockingDirectory(path, account); blocked !== undefined; blocked = blockingDirectory(path, account)) {
    const { mode, uid } = statSync(blocked);
    if (uid !== host.machine.uid || !isOurs(blocked, host) || (mode & 0o001) !== 0) throw new UserError(blockedFailure(blocked, path, account));
    chmodSync(blocked, (mode & 0o7777) | 0o001);
  }
}

function isOurs(directory: string, { paths }: Host): boolean {
  return [paths.stateRoot, paths.cacheRoot].some((root) => directory.startsWith(`${root}/`));
}

function blockedFailure(blocked: string, path: string, account: Account): ConstructorParameters<typeof UserError>[0] {
  return {
    reason: "prepare_failed",
    message: `the server runs as uid ${account.uid}, which cannot pass through ${blocked} to ${path}`,
    hint: `set ENVCTL_STATE_DIR and ENVCTL_CACHE_DIR to directories it can reach, or allow passing: chmod o+x ${blocked}`,
  };
}

function maySearch(path: string, { uid, gid }: Account): boolean {
  const found = statSync(path);
  const bit = found.uid === uid ? 0o100 : found.gid === gid ? 0o010 : 0o001;
  return (found.mode & bit) !== 0;
}
