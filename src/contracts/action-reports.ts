/** What the actions on projects answer with `--json`. Development time only. */
import { z } from "zod";
import { failure } from "./model.ts";

const count = z.int().nonnegative();
const texts = z.array(z.string());
const milliseconds = count;
const counts = z.strictObject({ passed: count, failed: count, skipped: count });

/** The frame of all of them: `result` is null where the action did not get that far, which `failures` explains. */
function actionReport<A extends string, R extends z.ZodType>(action: A, result: R) {
  return z.strictObject({
    action: z.literal(action),
    ok: z.boolean(),
    exit: z.literal([0, 1, 2, 3, 124]),
    projects: z.array(z.strictObject({ project: z.string(), root: z.string(), ok: z.boolean(), duration_ms: milliseconds, failures: z.array(failure), result: result.nullable() })),
  });
}

export const testReport = actionReport("test", z.strictObject({
  counts,
  suites: z.array(z.strictObject({
    name: z.string(),
    status: z.enum(["passed", "failed", "broken", "timed_out", "cancelled"]).meta({ description: "broken: it ended badly though no test failed" }),
    command: texts,
    directory: z.string(),
    runner: z.string().nullable().meta({ description: "Whose output was read; null where nobody's" }),
    exit_code: count.nullable(),
    counts,
    duration_ms: milliseconds,
    log_path: z.string(),
    reason: z.string().nullable(),
    only_failed: z.boolean().meta({ description: "Only the failures of the last run were run" }),
    failed_tests: z.array(z.strictObject({ name: z.string(), file: z.string().nullable(), message: z.string().nullable() })),
  })),
  left_out: texts.meta({ description: "Suites that passed last time, with --failed" }),
  junit_path: z.string(),
}));
export type TestReport = z.infer<typeof testReport>;

export const reviewReport = actionReport("review", z.strictObject({
  branch: z.string().nullable().meta({ description: "Null when HEAD is detached" }),
  base: z.strictObject({ ref: z.string(), branch: z.string(), because: z.string() }),
  merge_base: z.string(),
  commits: z.array(z.strictObject({ sha: z.string(), subject: z.string() })).meta({ description: "Oldest first" }),
  behind: count,
  files: z.array(z.strictObject({ path: z.string(), additions: count.nullable(), deletions: count.nullable() })),
  additions: count,
  deletions: count,
  tests: texts.meta({ description: "Changed files that are tests" }),
  migrations: texts,
  uncommitted: texts,
  conflicts: texts.nullable().meta({ description: "Files a merge with the base would conflict in; null where git cannot tell" }),
  path: z.string().meta({ description: "The whole, with the diff, as Markdown" }),
}));
export type ReviewReport = z.infer<typeof reviewReport>;

export const commitReport = actionReport("commit", z.strictObject({
  branch: z.string(),
  sha: z.string().nullable().meta({ description: "Null when there was nothing to commit" }),
  files: texts,
  left_out: texts.meta({ description: "Changed files that are local, and stay so" }),
  pushed_to: z.string().nullable(),
}));
export type CommitReport = z.infer<typeof commitReport>;

export const prReport = actionReport("pr", z.strictObject({ branch: z.string(), base: z.string(), url: z.string(), is_new: z.boolean(), pushed_to: z.string() }));
export type PrReport = z.infer<typeof prReport>;

const stepStatus = z.enum(["ok", "skipped", "failed", "not_reached"]);
const check = z.strictObject({ name: z.string(), state: z.enum(["passed", "failed", "pending"]), link: z.string() });
const seconds = z.number().nonnegative();

const shipResult = z.strictObject({
  contract_version: z.literal("envctl.ship.v1"),
  project: z.string(),
  project_root: z.string(),
  repo_root: z.string(),
  git_root: z.string(),
  branch: z.string().nullable(),
  status: z.enum(["shipped", "failed"]),
  step_statuses: z.strictObject({ commit: stepStatus, push: stepStatus, pr: stepStatus, merge_conflicts: stepStatus, checks: stepStatus }),
  operation_statuses: z.strictObject({ commit: stepStatus, push: stepStatus, pr: stepStatus, merge_conflicts: stepStatus, checks: stepStatus }).meta({ description: "The same, under the Python engine's name" }),
  commit_sha: z.string().nullable(),
  committed: z.boolean(),
  pushed: z.boolean(),
  pr_url: z.string().nullable(),
  pr_created: z.boolean(),
  checks_state: z.enum(["passed", "failed", "pending", "none", "timeout", "error", "not_reached"]),
  passed_checks: texts,
  failing_checks: texts,
  pending_checks: texts,
  pr_checks: z.array(check),
  checks_error: z.string().nullable(),
  checks_expected_head_sha: z.string().nullable(),
  checks_actual_head_sha: z.string().nullable(),
  checks_timeout_seconds: seconds,
  deployment_url: z.string().nullable(),
  merge_conflicts: texts.nullable(),
  monitor_duration_seconds: seconds,
  duration_seconds: seconds,
  protected_local_artifacts_skipped: texts,
  failures: z.array(failure),
});
export type ShipResult = z.infer<typeof shipResult>;

/** Of one project its result stands at the top as well. */
export const shipReport = actionReport("ship", shipResult).extend(shipResult.omit({ failures: true }).partial().shape);
export type ShipReport = z.infer<typeof shipReport>;

const answered = z.union([
  z.strictObject({ status: count, content_type: z.string(), bytes: count, duration_ms: milliseconds, hash: z.string() }),
  z.strictObject({ error: z.string() }),
]);
const bundle = z.strictObject({ files: count, bytes: count, gzip_bytes: count });
const lastTests = z.strictObject({ ok: z.boolean(), counts, generated_at: z.string(), stale: z.string().nullable().meta({ description: "Why they say nothing about the checkout as it is now" }) });

export const compareReport = z.strictObject({
  action: z.literal("compare"),
  ok: z.literal(true),
  projects: z.tuple([z.string(), z.string()]),
  health: z.array(z.strictObject({ unit: z.string(), statuses: z.tuple([z.string().nullable(), z.string().nullable()]) })),
  tests: z.tuple([lastTests.nullable(), lastTests.nullable()]),
  responses: z.array(z.strictObject({ service: z.string(), path: z.string(), answers: z.tuple([answered, answered]), same: z.boolean() })),
  bundles: z.array(z.strictObject({ directory: z.string(), sizes: z.tuple([bundle.nullable(), bundle.nullable()]) })),
});
export type CompareReport = z.infer<typeof compareReport>;

export const qaUserReport = actionReport("qa-user", z.strictObject({ outcome: z.enum(["created", "updated", "unchanged"]), user_id: z.string(), email: z.string(), url: z.string() }));
export type QaUserReport = z.infer<typeof qaUserReport>;

export const migrateReport = actionReport("migrate", z.strictObject({
  steps: z.array(z.strictObject({ of: z.string().meta({ description: "The requirement, or the service, it belongs to" }), command: texts, directory: z.string() })),
}));
export type MigrateReport = z.infer<typeof migrateReport>;
