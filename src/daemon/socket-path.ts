/** Where the daemon's socket is. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { UserError } from "../model/failure.ts";

/** Kernels allow about 104 bytes on macOS and 108 on Linux. */
const maximumPathBytes = 100;

/** In the scope's directory, or in a short private directory when that path is too long for a socket. */
export function socketPathOf(scopeRoot: string, environment: Readonly<Record<string, string | undefined>>): string {
  const direct = join(scopeRoot, "daemon.sock");
  if (Buffer.byteLength(direct) <= maximumPathBytes) return direct;
  const name = `${createHash("sha256").update(scopeRoot).digest("hex").slice(0, 16)}.sock`;
  const runtime = environment["XDG_RUNTIME_DIR"];
  const base = runtime !== undefined && runtime !== "" && Buffer.byteLength(join(runtime, "envctl", name)) <= maximumPathBytes ? join(runtime, "envctl") : join(tmpdir(), `envctl-${userInfo().uid}`);
  return join(privateDirectory(base), name);
}

/** In a shared directory the name could have been taken by somebody else first. */
function privateDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0) return path;
  throw new UserError({ reason: "daemon_unreachable", message: `${path} is not a private directory of this user`, hint: "remove it, or set XDG_RUNTIME_DIR to a private directory" });
}
