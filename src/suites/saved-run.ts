/** What is written down of a run of a suite while it goes on, so that an interrupted one can be finished. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory, readJson, writeAtomic } from "../host/files.ts";
import type { ScriptResult } from "../model/suite.ts";

export interface SavedRun {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly suite: string;
  /** Its file or folder. */
  readonly config: string;
  readonly startedAt: string;
  /** Directory of outputs and logs. */
  readonly directory: string;
  /** Everything it was about, in order. */
  readonly scripts: readonly string[];
  readonly results: readonly ScriptResult[];
}

const keptRuns = 20;
const fileName = "results.json";

/** Writes it below the directory of all runs, and lets the oldest of the others go. */
export function saveRun(runs: string, run: SavedRun, isRoot: boolean): void {
  makeDirectory(join(runs, run.id), isRoot);
  writeAtomic(join(runs, run.id, fileName), `${JSON.stringify(run, null, 2)}\n`);
  for (const id of idsIn(runs).filter((one) => one !== run.id).slice(0, -keptRuns)) rmSync(join(runs, id), { recursive: true, force: true });
}

/** The latest run of this suite that has not come to its end; undefined when the latest one has. */
export function unfinishedRun(runs: string, config: string): SavedRun | undefined {
  const latest = idsIn(runs).map((id) => savedIn(join(runs, id, fileName))).findLast((run) => run?.config === config);
  return latest !== undefined && latest.results.length < latest.scripts.length ? latest : undefined;
}

/** Names begin with the time, so that sorted ones are in order. */
function idsIn(runs: string): readonly string[] {
  try {
    return readdirSync(runs).filter((name) => /^\d{8}T\d{9}-[0-9a-f]{6}$/.test(name)).sort();
  } catch {
    return [];
  }
}

function savedIn(path: string): SavedRun | undefined {
  const value = readJson(path);
  return typeof value === "object" && value !== null && Reflect.get(value, "schemaVersion") === 1 ? (value as SavedRun) : undefined;
}
