/** Where envctl keeps things. Pure but for the environment handed in. */
import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import { UserError } from "../model/failure.ts";

export interface Paths {
  /** Run states, data and reservations of every repository of this user. */
  readonly stateRoot: string;
  /** Fetched server programs and templates; safe to delete while nothing runs. */
  readonly cacheRoot: string;
  /** Weakest user configuration files. */
  readonly systemConfig: string;
  readonly userConfig: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * As root both roots are under /var, since servers run as another user and must be able to reach them.
 * Source of the rules: XDG base directory specification.
 */
export function pathsOf(environment: Environment, isRoot: boolean): Paths {
  const home = environment["HOME"] ?? "/";
  return {
    stateRoot: environment["ENVCTL_STATE_DIR"] || (isRoot ? "/var/lib/envctl" : xdg(environment["XDG_STATE_HOME"], home, ".local/state")),
    cacheRoot: environment["ENVCTL_CACHE_DIR"] || (isRoot ? "/var/cache/envctl" : xdg(environment["XDG_CACHE_HOME"], home, ".cache")),
    systemConfig: environment["ENVCTL_SYSTEM_CONFIG"] || "/etc/envctl/config.yaml",
    userConfig: join(environment["XDG_CONFIG_HOME"] || join(home, ".config"), "envctl", "config.yaml"),
  };
}

/** PostgreSQL's initdb hands its own path to a shell in quotes. */
const unquotable = /["$`\\\n]/;

/** Throws a UserError for a place that would be another one in every directory, since the daemon stands elsewhere, and for one that servers cannot be run from. */
export function assertPlaces(environment: Environment): void {
  for (const name of ["ENVCTL_STATE_DIR", "ENVCTL_CACHE_DIR"]) {
    const value = environment[name] ?? "";
    if (value === "" || isAbsolute(value)) continue;
    throw new UserError({ reason: "usage_invalid", message: `${name} is ${JSON.stringify(value)}, which is another place in every directory`, hint: `say the whole path, such as ${name}="${value.startsWith("~/") ? "$HOME" : "$PWD"}/${value.replace(/^(?:~|\.)\//, "")}"` });
  }
  const cache = environment["ENVCTL_CACHE_DIR"] ?? "";
  if (unquotable.test(cache)) throw new UserError({ reason: "usage_invalid", message: `ENVCTL_CACHE_DIR is ${JSON.stringify(cache)}, and PostgreSQL cannot be run from a path with ", $, \` or \\ in it`, hint: "choose a path without them; blanks and letters of any language will do" });
}

function xdg(value: string | undefined, home: string, fallback: string): string {
  return join(value !== undefined && value.startsWith("/") ? value : join(home, fallback), "envctl");
}

/** `repo-` and 12 hex digits of the sha256 of the owning repository's real path. */
export function scopeIdOf(repositoryRealPath: string): string {
  return `repo-${createHash("sha256").update(repositoryRealPath).digest("hex").slice(0, 12)}`;
}

/** Everything of one repository. */
export interface ScopePaths {
  readonly root: string;
  readonly runs: string;
  readonly data: string;
  readonly secrets: string;
  readonly slots: string;
  readonly daemonLock: string;
  readonly daemonLog: string;
  /** What units use, as last sampled. */
  readonly figures: string;
  /** Processes of units as last seen. */
  readonly families: string;
  /** Orders, results and outputs of jobs. */
  readonly jobs: string;
  /** Runs of graphs, by project. */
  readonly graphs: string;
  /** Queues of messages. */
  readonly queues: string;
  /** Where a daemon that ended itself leaves word. */
  readonly loopNote: string;
  /** Runs of suites. */
  readonly suites: string;
  /** What is known of throw-away projects. */
  readonly throwAways: string;
  /** What service modules write. */
  readonly services: string;
  /** Large values on their way to and from services. */
  readonly payloads: string;
}

export function scopePaths(stateRoot: string, scopeId: string): ScopePaths {
  const root = join(stateRoot, scopeId);
  return {
    root,
    runs: join(root, "runs"),
    data: join(root, "data"),
    secrets: join(root, "secrets"),
    slots: join(root, "slots.json"),
    daemonLock: join(root, "daemon.lock"),
    daemonLog: join(root, "daemon.log"),
    figures: join(root, "figures.json"),
    families: join(root, "families.json"),
    jobs: join(root, "jobs"),
    graphs: join(root, "graphs"),
    queues: join(root, "queues"),
    loopNote: join(root, "loop-blocked.json"),
    suites: join(root, "suites"),
    throwAways: join(root, "throw-aways"),
    services: join(root, "services"),
    payloads: join(root, "payloads"),
  };
}
