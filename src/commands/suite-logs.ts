/** What the latest run of a suite left: outputs of scripts, logs of processes. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface SuiteLog {
  readonly name: string;
  readonly path: string;
}

/** `runs` is the directory of all runs; names of them begin with their time. */
export function latestSuiteLogs(runs: string): readonly SuiteLog[] {
  const latest = namesIn(runs).toSorted().at(-1);
  const directory = latest === undefined ? undefined : directoryOf(join(runs, latest, "results.json"));
  if (directory === undefined) return [];
  return ["", "process_logs"].flatMap((part) => namesIn(join(directory, part)).filter((name) => name.endsWith(".log")).map((name): SuiteLog => ({ name: join(part, name), path: join(directory, part, name) })));
}

function directoryOf(results: string): string | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(results, "utf8"));
    const directory: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "directory") : undefined;
    return typeof directory === "string" ? directory : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
