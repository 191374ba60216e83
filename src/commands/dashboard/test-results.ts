/** How the last tests of each project ended, as far as `envctl test` left word of it. */
import { readFileSync } from "node:fs";
import type { TestResult } from "../../ui/dashboard/world.ts";
import { lastResultsPath } from "../last-results.ts";
import type { DashboardRuntime } from "./dashboard-parts.ts";

interface Place {
  readonly scope: Pick<DashboardRuntime["scope"], "root">;
}

/** By project; those are left out of which there is nothing that can be read. */
export function readTests({ scope }: Place, projects: readonly string[]): Readonly<Record<string, TestResult>> {
  return Object.fromEntries(projects.flatMap((project) => {
    const result = resultIn(lastResultsPath(scope.root, project));
    return result === undefined ? [] : [[project, result] as const];
  }));
}

function resultIn(path: string): TestResult | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isSaved(value) ? { ok: value.ok, passed: value.counts.passed, failed: value.counts.failed, at: value.generatedAt, directory: value.directory, troubles: troublesOf(value.suites) } : undefined;
  } catch {
    return undefined;
  }
}

interface SavedResult {
  readonly ok: boolean;
  readonly generatedAt: string;
  readonly directory: string;
  readonly counts: { readonly passed: number; readonly failed: number };
  readonly suites: readonly unknown[];
}

function isSaved(value: unknown): value is SavedResult {
  if (!isRecord(value) || !isRecord(value["counts"])) return false;
  const { passed, failed } = value["counts"];
  return typeof value["ok"] === "boolean" && typeof value["generatedAt"] === "string" && typeof value["directory"] === "string" && typeof passed === "number" && typeof failed === "number" && Array.isArray(value["suites"]);
}

/** `cart: removes`; of a suite without failed tests how it ended. */
function troublesOf(suites: readonly unknown[]): readonly string[] {
  return suites.filter(isRecord).flatMap(({ name, status, failures }) => {
    if (status === "passed") return [];
    const names = Array.isArray(failures) ? failures.filter(isRecord).map((one) => String(one["name"])) : [];
    return names.length === 0 ? [`${String(name)} ${String(status)}`] : names.map((one) => `${String(name)}: ${one}`);
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
