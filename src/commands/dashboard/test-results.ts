/** How the last tests of each project ended, as far as `envctl test` left word of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineRuntime } from "../../runtime.ts";
import type { TestResult } from "../../ui/dashboard/world.ts";

/** By project; those are left out of which there is nothing that can be read. */
export function readTests(runtime: Pick<EngineRuntime, "scope">, projects: readonly string[]): Readonly<Record<string, TestResult>> {
  return Object.fromEntries(projects.flatMap((project) => {
    const result = resultIn(join(runtime.scope.root, "test-results", `${project}.json`));
    return result === undefined ? [] : [[project, result] as const];
  }));
}

function resultIn(path: string): TestResult | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isSaved(value) ? { ok: value.ok, passed: value.counts.passed, failed: value.counts.failed, at: value.generatedAt } : undefined;
  } catch {
    return undefined;
  }
}

interface SavedResult {
  readonly ok: boolean;
  readonly generatedAt: string;
  readonly counts: { readonly passed: number; readonly failed: number };
}

function isSaved(value: unknown): value is SavedResult {
  if (typeof value !== "object" || value === null || !("counts" in value) || typeof value.counts !== "object" || value.counts === null) return false;
  return "ok" in value && "generatedAt" in value && "passed" in value.counts && typeof value.counts.passed === "number" && "failed" in value.counts && typeof value.counts.failed === "number";
}
