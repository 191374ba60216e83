/** Whose the socket is. Who may connect, its mode says to the kernel; whom a caller talks to, nobody says but the file's owner and its directory's. */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../model/failure.ts";

const rootUid = 0;

/** For a caller: throws a UserError for a socket that another user has made, or could have put there. Nothing for one that is not there. */
export function assertOwnSocket(path: string): void {
  const uid = process.getuid?.();
  const socket = lstatSync(path, { throwIfNoEntry: false });
  if (uid === undefined || socket === undefined) return;
  if (socket.uid !== uid && socket.uid !== rootUid) throw foreignError(`the socket ${path} belongs to user ${socket.uid}`, uid, "whoever listens there is not asked: remove it");
  assertPrivate(dirname(path), [uid, rootUid], uid);
}

/** For the daemon, of the directory that its socket and its state are in: throws a UserError unless it is this user's alone to write. */
export function assertOwnDirectory(path: string): void {
  const uid = process.getuid?.();
  if (uid !== undefined) assertPrivate(path, [uid], uid);
}

const othersMayWrite = 0o022;

function assertPrivate(path: string, owners: readonly number[], uid: number): void {
  const { uid: owner, mode } = lstatSync(path);
  if (!owners.includes(owner)) throw foreignError(`${path} belongs to user ${owner}`, uid, "remove it");
  if ((mode & othersMayWrite) !== 0) throw foreignError(`other users may write to ${path}: its mode is ${(mode & 0o777).toString(8)}`, uid, `take that from them with \`chmod go-w ${path}\``);
}

function foreignError(what: string, uid: number, remedy: string): UserError {
  return new UserError({ reason: "daemon_unreachable", message: `${what}, and this is user ${uid}`, hint: `${remedy}, or set ENVCTL_STATE_DIR to a directory of your own` });
}
