/**
 * A program that cannot outlive this process: a small shell in front of it holds the reading end of a pipe, and kills the whole
 * group when the pipe is closed, however this process ended. What leaves its session is found by its mark.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { exitOfStatus, type Exit } from "../model/unit.ts";
import { withShellNames } from "./front-shell.ts";
import { sendSignal, signalNames } from "./signals.ts";

export interface GuardedRequest {
  readonly command: readonly string[];
  readonly directory: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets its output, appended. */
  readonly logPath: string;
}

export interface Guarded {
  /** Never rejects; text is why it could not be begun. */
  readonly ended: Promise<Exit | string>;
  /** SIGTERM for the group, and SIGKILL once the grace is over. */
  end(graceMs: number): void;
}

/**
 * Descriptor 3 is the pipe. The watcher ignores what the group is told to end with, and nothing but the end of the pipe, or its
 * master, ends it. The program gets the default actions back. What the shell itself says, of signals for example, has no place in the log.
 */
const guard =
  "trap : TERM INT HUP; exec 2>/dev/null; (trap '' TERM INT HUP; read -r _ <&3; kill -KILL -$$) >/dev/null & _envctl_guard=$!; " +
  '(exec "$@" 2>&1 3<&-); _envctl_status=$?; kill -KILL "$_envctl_guard"; exit "$_envctl_status"';

/** What is left of its group when it has ended is killed. */
export function runGuarded(request: GuardedRequest): Guarded {
  const { command, directory, environment, logPath } = withShellNames(request);
  const log = openSync(logPath, "a", 0o600);
  const child = spawn("/bin/sh", ["-c", guard, "envctl", ...command], { cwd: directory, env: environment, detached: true, stdio: ["ignore", log, log, "pipe"] });
  closeSync(log);
  let killer: NodeJS.Timeout | undefined;
  return {
    ended: endOf(child).finally(() => clearTimeout(killer)),
    end: (graceMs) => {
      if (child.pid === undefined) return;
      const group = -child.pid;
      sendSignal(group, "SIGTERM");
      killer ??= setTimeout(() => sendSignal(group, "SIGKILL"), graceMs);
    },
  };
}

function endOf(child: ChildProcess): Promise<Exit | string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
      resolve(signal === null ? exitOfStatus(code ?? 0, signalNames) : { kind: "signal", signal });
    });
  });
}
