/** What is kept beside runs, and read by others: results of tests, notes of worktrees and of what was rescued, what is in a debug pack. Development time only. */
import { z } from "zod";
import { debugPackReport } from "./debug-report.ts";
import { loss } from "./worktree-reports.ts";

const count = z.int().nonnegative();
const texts = z.array(z.string());
const version = z.literal(1);
const counts = z.looseObject({ passed: count, failed: count, skipped: count });
const testCase = z.looseObject({ name: z.string(), status: z.enum(["passed", "failed", "skipped"]), file: z.string().exactOptional(), message: z.string().exactOptional() });

/** `test-results/<project>.json`. */
export const testResultsArtifact = z.looseObject({
  schema_version: version,
  project: z.string(),
  root: z.string(),
  generatedAt: z.string(),
  ok: z.boolean(),
  counts,
  directory: z.string().meta({ description: "Of the whole results" }),
  suites: z.array(z.looseObject({ name: z.string(), status: z.string(), counts, failures: z.array(testCase) })),
});

/** `failed_tests_manifest.json` of a run of tests. */
export const failedTestsArtifact = z.looseObject({
  schema_version: version,
  generated_at: z.string(),
  project_name: z.string(),
  project_root: z.string(),
  git_state: z.strictObject({ head: z.string().nullable(), status_hash: z.string(), status_lines: count }),
  entries: z.array(testCase.extend({ suite: z.string(), runner: z.string().nullable() })),
});

/** `.envctl-state/worktree-provenance.json` inside a worktree. */
export const provenanceArtifact = z.strictObject({
  schema_version: version,
  source_branch: z.string().nullable(),
  source_ref: z.string(),
  resolution_reason: z.enum(["base_flag", "current_branch", "existing_branch", "remote_branch"]),
  created_from_repo: z.string(),
  recorded_at: z.string(),
  plan_file: z.string().exactOptional(),
  task_hash: z.string().exactOptional(),
  shared: texts,
  prepared: z.record(z.string(), z.string()),
});

/** `note.json` beside what was saved of a deleted worktree. */
export const rescueArtifact = z.strictObject({
  schema_version: version,
  project: z.string(),
  root: z.string(),
  branch: z.string().nullable(),
  created_at: z.string(),
  losses: z.array(loss),
  restore: texts.meta({ description: "Commands that bring it back" }),
});

/** `manifest.json` in a debug pack. */
export const debugManifestArtifact = debugPackReport.omit({ path: true, bytes: true }).extend({ envctl: z.string().meta({ description: "The version that packed" }), created_at: z.string() });

/** A line of a recording. The first one tells of the session. */
export const recordingArtifact = z.union([
  z.strictObject({ kind: z.literal("session"), schema_version: version, started_at: z.string(), pid: count, steps: count, forgotten: count }),
  z.strictObject({ atMs: count, kind: z.enum(["begin", "sent", "received"]), what: z.string(), bytes: count.exactOptional(), names: texts.exactOptional().meta({ description: "Of fields, never what is in them" }) }),
]);
