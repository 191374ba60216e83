/** `review`: what the branches of projects would bring to their bases. */
import type { ReviewReport } from "../contracts/action-reports.ts";
import { artifactsOf } from "./action-targets.ts";
import { actionBody } from "./project-action.ts";
import { textFlag } from "./targets.ts";

type Result = NonNullable<ReviewReport["projects"][number]["result"]>;

export const body = actionBody<"review", Result>({
  name: "review",
  timeoutMs: 5 * 60_000,
  atOnce: 4,
  needsGit: true,
  takesWords: true,
  artifacts: (project, { view }, runtime) => artifactsOf("tree-diffs", project, view, runtime),
  work: async ({ actions, place, input }) => {
    const { mergeBase, diff, branch, base, ...found } = await actions.review(place, textFlag(input.flags, "base"));
    return {
      branch: branch ?? null, base: { ...base }, merge_base: mergeBase, commits: [...found.commits], behind: found.behind,
      files: diff.files.map(({ path, additions = null, deletions = null }) => ({ path, additions, deletions })), additions: diff.additions, deletions: diff.deletions,
      tests: [...diff.tests], migrations: [...diff.migrations], uncommitted: [...found.uncommitted], conflicts: found.conflicts === undefined ? null : [...found.conflicts], path: found.path,
    };
  },
  // A conflict is a finding, and the review of it a success.
  troubles: () => [],
  heading: ["BASE", "COMMITS", "BEHIND", "FILES", "LINES", "TESTS", "MIGRATIONS", "UNCOMMITTED", "CONFLICTS"],
  cells: (found) => [
    found.base.branch, ...[found.commits.length, found.behind, found.files.length].map(String), `+${found.additions} -${found.deletions}`,
    ...[found.tests.length, found.migrations.length, found.uncommitted.length].map(String), found.conflicts === null ? "unknown" : String(found.conflicts.length),
  ],
  details: (found) => [
    `${found.branch ?? "detached HEAD"} against ${found.base.branch}: ${found.base.because}`,
    ...found.commits.map(({ sha, subject }) => `${sha.slice(0, 10)} ${subject}`),
    ...found.migrations.map((path) => `migration: ${path}`),
    ...(found.conflicts ?? []).map((path) => `conflict: ${path}`),
    found.path,
  ],
});
