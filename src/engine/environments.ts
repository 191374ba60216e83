/** What units were started with, kept 0600 for their restarts: the daemon's own environment is only the first caller's. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDirectory, writeAtomic } from "../host/files.ts";
import { hashOf } from "../model/hash.ts";
import type { Layers } from "../model/intent.ts";

export type Environment = Readonly<Record<string, string>>;

/** What was asked for, beside the environment it was asked from. */
export interface Asked extends Layers {
  /** Everything of its project: what the configuration gets later belongs to it. */
  readonly isWhole: boolean;
}

/** Whoever started a unit: what follows by itself is planned as if the same asked again. */
export interface Starter {
  readonly environment: Environment;
  readonly asked: Asked;
}

export interface Environments {
  /** Keeps them for a run; the answer is their common name. Never throws. */
  keep(runId: string, starter: Starter): string;
  /** Undefined when it is not there or damaged. */
  recall(runId: string, id: string): Environment | undefined;
  /** What was asked for with an environment; of an earlier version everything, without layers. */
  askedWith(runId: string, id: string): Asked;
}

const unknownAsked: Asked = { isWhole: true };

/** `runs` is the directory of all runs. */
export function createEnvironments(runs: string): Environments {
  const pathOf = (runId: string, name: string): string => join(runs, runId, "environments", `${name}.json`);
  const kept = new Map<string, Starter>();
  return {
    keep: (runId, starter) => {
      const id = hashOf(starter);
      kept.set(id, starter);
      // Only into a run that is there: its directory must be made the way servers of another user can pass it.
      if (!existsSync(pathOf(runId, id)) && existsSync(join(runs, runId, "logs"))) {
        tryWriting(pathOf(runId, `${id}.asked`), starter.asked);
        tryWriting(pathOf(runId, id), starter.environment);
      }
      return id;
    },
    recall: (runId, id) => kept.get(id)?.environment ?? readRecord<Environment>(pathOf(runId, id)),
    askedWith: (runId, id) => kept.get(id)?.asked ?? readRecord<Asked>(pathOf(runId, `${id}.asked`)) ?? unknownAsked,
  };
}

/** On a full disk it is kept in memory alone: a stop must not fail for it. */
function tryWriting(path: string, value: object): void {
  try {
    makeDirectory(dirname(path));
    writeAtomic(path, JSON.stringify(value));
  } catch {
    // The store tells that the disk cannot be written.
  }
}

function readRecord<T extends object>(path: string): T | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
