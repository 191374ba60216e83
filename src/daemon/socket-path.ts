/** Where the daemon's socket is. */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { writeAtomic } from "../host/files.ts";
import { ownUid } from "../host/machine.ts";
import { UserError } from "../model/failure.ts";

/** Kernels allow about 104 bytes on macOS and 108 on Linux. */
const maximumPathBytes = 100;

/**
 * In the scope's directory, or in a short private directory when that path is too long for a socket. Which one depends
 * on the environment then, so a daemon leaves a note that callers with another environment follow.
 */
export function socketPathOf(scopeRoot: string, environment: Readonly<Record<string, string | undefined>>): string {
  const direct = join(scopeRoot, "daemon.sock");
  if (Buffer.byteLength(direct) <= maximumPathBytes) return direct;
  const noted = notedPath(scopeRoot);
  if (noted !== undefined) return join(privateDirectory(dirname(noted)), basename(noted));
  const name = `${createHash("sha256").update(scopeRoot).digest("hex").slice(0, 16)}.sock`;
  const runtime = environment["XDG_RUNTIME_DIR"];
  const base = runtime !== undefined && runtime !== "" && Buffer.byteLength(join(runtime, "envctl", name)) <= maximumPathBytes ? join(runtime, "envctl") : join(tmpdir(), `envctl-${ownUid()}`);
  return join(privateDirectory(base), name);
}

const noteName = "daemon.address";

/** Called by the daemon when it listens elsewhere than in its scope's directory. */
export function noteSocketPath(scopeRoot: string, path: string): void {
  if (dirname(path) !== scopeRoot) writeAtomic(join(scopeRoot, noteName), path);
}

function notedPath(scopeRoot: string): string | undefined {
  const note = join(scopeRoot, noteName);
  const path = existsSync(note) ? readFileSync(note, "utf8") : "";
  return path.startsWith("/") && existsSync(dirname(path)) ? path : undefined;
}

/** In a shared directory the name could have been taken by somebody else first. */
function privateDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (found.isDirectory() && found.uid === ownUid() && (found.mode & 0o077) === 0) return path;
  throw new UserError({ reason: "daemon_unreachable", message: `${path} is not a private directory of this user`, hint: "remove it, or set XDG_RUNTIME_DIR to a private directory" });
}
