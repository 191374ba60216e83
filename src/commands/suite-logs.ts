/** What the latest run of a suite left: outputs of scripts, logs of processes. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";

export interface SuiteLog {
  readonly name: string;
  readonly path: string;
}

/** `runs` is the directory of all runs; names of them begin with their time. */
export function latestSuiteLogs(runs: string): readonly SuiteLog[] {
  const directory = latestResult(runs, "directory");
  if (directory === undefined) return [];
  return ["", "process_logs"].flatMap((part) => namesIn(join(directory, part)).filter((name) => name.endsWith(".log")).map((name): SuiteLog => ({ name: join(part, name), path: join(directory, part, name) })));
}

/** The variables of the latest suite as its file says them now; none where that cannot be read any more. */
export async function latestSuiteVariables({ suites, scope }: Pick<EngineRuntime, "suites" | "scope">): Promise<Readonly<Record<string, string>>> {
  const config = latestResult(scope.suites, "config");
  if (config === undefined) return {};
  try {
    return (await suites()).load(config).environment;
  } catch (error) {
    if (error instanceof UserError) return {};
    throw error;
  }
}

/** A member of the latest run's `results.json`. */
function latestResult(runs: string, member: "directory" | "config"): string | undefined {
  const latest = namesIn(runs).toSorted().at(-1);
  try {
    const value: unknown = latest === undefined ? undefined : JSON.parse(readFileSync(join(runs, latest, "results.json"), "utf8"));
    const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, member) : undefined;
    return typeof found === "string" ? found : undefined;
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
