/** Reaches the repository's daemon, starting it on first need and replacing an older one. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { RecordStep } from "../host/flight-recorder.ts";
import { ownerOf, ownName } from "../host/file-owner.ts";
import { errorText } from "../host/files.ts";
import { scopeIdOf } from "../host/paths.ts";
import { UserError } from "../model/failure.ts";
import { connectDaemon, type DaemonConnection } from "./client.ts";
import { compareVersions, protocolVersion } from "./protocol.ts";

export interface DaemonPlace {
  readonly socketPath: string;
  readonly repository: string;
  readonly version: string;
  /** The bundle the daemon runs from. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of every message. */
  readonly record?: RecordStep;
}

const startTimeoutMs = 15_000;
const attempts = 40;
const retryMs = 50;

/** The running daemon, whatever its version; undefined when there is none. */
export function reachDaemon(place: DaemonPlace): Promise<DaemonConnection | undefined> {
  return connectDaemon(place.socketPath, place.version, place);
}

/** A connection to a daemon of at least this version. Units never notice a replacement. */
export async function ensureDaemon(place: DaemonPlace): Promise<DaemonConnection> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const connection = await connectDaemon(place.socketPath, place.version, place);
    if (connection === undefined) {
      await startDaemon(place);
      continue;
    }
    if (connection.hello.isLeaving) {
      await connection.closed;
      continue;
    }
    if (compareVersions(connection.hello.version, place.version) >= 0) return checked(connection);
    if (connection.hello.isBusy) {
      // What it is carrying out ends well only with it; like any intent, ours waits for its turn.
      connection.close();
      await pause();
      attempt -= 1;
      continue;
    }
    await connection.shutdown(`replaced by version ${place.version}`);
  }
  throw new UserError({ reason: "daemon_unreachable", message: `the daemon of ${place.repository} cannot be reached on ${place.socketPath}`, hint: "see `envctl daemon logs`" });
}

function checked(connection: DaemonConnection): DaemonConnection {
  if (connection.hello.protocol === protocolVersion) return connection;
  connection.close();
  throw new UserError({
    reason: "daemon_unreachable",
    message: `the daemon is version ${connection.hello.version} and speaks protocol ${connection.hello.protocol}; this envctl speaks ${protocolVersion}`,
    hint: "update this envctl, or end the daemon with the envctl that started it: `envctl daemon stop`",
  });
}

/** Resolves when the new daemon listens, or has found another one to hold the lock. */
async function startDaemon(place: DaemonPlace): Promise<void> {
  if (!existsSync(place.program)) throw new UserError({ reason: "daemon_unreachable", message: `the daemon's program is missing: ${place.program}`, hint: "reinstall envctl" });
  const { ENVCTL_OWNER: _owner, NODE_OPTIONS: _options, ...environment } = place.environment;
  const child = spawn(process.execPath, [place.program, "--repository", place.repository], { cwd: "/", env: { ...environment, ENVCTL_DAEMON: scopeIdOf(place.repository) }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => (said += text));
  const outcome = await new Promise<"ready" | "ended" | "timeout" | Error>((resolve) => {
    const timer = setTimeout(() => resolve("timeout"), startTimeoutMs);
    child.stdout.once("data", () => resolve("ready"));
    child.once("error", resolve);
    child.once("exit", () => resolve("ended"));
    timer.unref();
  });
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  if (outcome === "ready") return;
  if (outcome === "ended" && (child.exitCode === 0 || child.exitCode === null)) return pause();
  const why = outcome === "ended" ? said.trim() || `it ended with ${child.exitCode}` : outcome === "timeout" ? `it did not listen within ${startTimeoutMs / 1000} s` : errorText(outcome);
  if (/^(?:ENOSPC|EDQUOT|EROFS|EACCES|EPERM)\b/.test(why)) throw new UserError({ reason: "state_unwritable", message: `the daemon could not be started, since the state of ${place.repository} cannot be written: ${why}${ownerText(why)}`, hint: "free some space or mend its permissions: `envctl doctor` says where; what runs goes on running" });
  throw new UserError({ reason: "daemon_unreachable", message: `the daemon could not be started: ${why}`, hint: "see `envctl daemon logs`; `envctl status` works without it" });
}

/** Whose it is, where that is why. */
function ownerText(why: string): string {
  const path = /^(?:EACCES|EPERM)\b.*'(\/[^']+)'/.exec(why)?.[1];
  return path === undefined ? "" : ` (it belongs to ${ownerOf(dirname(path)) ?? "another user"}, and you are ${ownName()})`;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, retryMs));
}
