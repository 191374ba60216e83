/** How the last tests of each project ended, as far as a run left word of it. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { EngineRuntime } from "../../runtime.ts";
import type { TestResult } from "../../ui/dashboard/world.ts";

/** By project; empty where there is nothing, or nothing that can be read. */
export function readTests(runtime: Pick<EngineRuntime, "scope">, runId: string | undefined): Readonly<Record<string, TestResult>> {
  if (runId === undefined) return {};
  const path = join(runtime.scope.runs, runId, "test-results", "latest.json");
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, TestResult] => isResult(pair[1]))) : {};
  } catch {
    return {};
  }
}

function isResult(value: unknown): value is TestResult {
  return typeof value === "object" && value !== null && "ok" in value && typeof value.ok === "boolean" && "passed" in value && typeof value.passed === "number" && "failed" in value && typeof value.failed === "number" && "at" in value && typeof value.at === "string";
}
