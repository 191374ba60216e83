/** The environments units were started with, kept 0600 for their restarts: the daemon's own is only the first caller's. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomic } from "../host/files.ts";
import { hashOf } from "../model/hash.ts";

export type Environment = Readonly<Record<string, string>>;

export interface Environments {
  /** Keeps an environment for a run; the answer is its name. Never throws. */
  keep(runId: string, environment: Environment): string;
  /** Undefined when it is not there or damaged. */
  recall(runId: string, id: string): Environment | undefined;
}

/** `runs` is the directory of all runs. */
export function createEnvironments(runs: string): Environments {
  const pathOf = (runId: string, id: string): string => join(runs, runId, "environments", `${id}.json`);
  const kept = new Map<string, Environment>();
  return {
    keep: (runId, environment) => {
      const id = hashOf(environment);
      const path = pathOf(runId, id);
      kept.set(id, environment);
      // Only into a run that is there: its directory must be made the way servers of another user can pass it.
      if (!existsSync(path) && existsSync(join(runs, runId, "logs"))) tryWriting(path, environment);
      return id;
    },
    recall: (runId, id) => kept.get(id) ?? readEnvironment(pathOf(runId, id)),
  };
}

/** On a full disk it is kept in memory alone: a stop must not fail for it. */
function tryWriting(path: string, environment: Environment): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeAtomic(path, JSON.stringify(environment));
  } catch {
    // The store tells that the disk cannot be written.
  }
}

function readEnvironment(path: string): Environment | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? (value as Environment) : undefined;
  } catch {
    return undefined;
  }
}
