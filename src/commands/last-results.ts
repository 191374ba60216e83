/** Where the last test results of a project are kept: written by `test`, read by `compare` and the dashboard. */
import { join } from "node:path";

export function lastResultsPath(scopeRoot: string, project: string): string {
  return join(scopeRoot, "test-results", `${project}.json`);
}
