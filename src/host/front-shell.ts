/** What is asked of a launch, and the small shell that stays in front of every unit. */
import type { Account } from "./machine.ts";

export interface LaunchRequest {
  readonly command: readonly string[];
  readonly directory: string;
  /** Complete: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logPath: string;
  /** Gets one line, the shell's exit status, when the unit has ended. Missing, empty, or without the end of a line until then. */
  readonly statusPath: string;
  readonly account?: Account;
}

/**
 * The shell that stays in front of every unit. The traps keep it alive until the unit has ended; the unit itself gets
 * the default actions back. How a signal ended the unit is told in the status; the shell's own notice of it, on its
 * standard error, has no place in the unit's log, which is its standard output. The line ends in a newline, so a reader knows it is whole without a rename; what stands behind it is rest of `roomForStatus`.
 */
export const frontShell = `_envctl_status=$1; shift; trap : TERM INT HUP; exec 2>/dev/null; (exec "$@" 2>&1); printf '%s\\n' "$?" 1<>"$_envctl_status"`;

/** As much as a status is, and none: a file that holds this gets its status also when the disk is full, since it is written over, and nothing cut off. */
export const roomForStatus = "    ";

/** Shells that are bash refuse to have these set. People export UID for docker compose. */
const readonlyNames: readonly string[] = ["UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO"];

/** A shell drops variables whose names it cannot spell (dots, dashes), so env(1) sets those behind it. */
export function withShellNames<R extends Pick<LaunchRequest, "command" | "environment">>(request: R): R {
  const entries = Object.entries(request.environment);
  const odd = entries.filter(([name]) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || readonlyNames.includes(name));
  if (odd.length === 0) return request;
  const environment = Object.fromEntries(entries.filter((entry) => !odd.includes(entry)));
  return { ...request, environment, command: ["/usr/bin/env", ...odd.map(([name, value]) => `${name}=${value}`), ...request.command] };
}
