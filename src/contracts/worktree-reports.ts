/** What the commands about worktrees and plans answer with `--json`. Development time only. */
import { z } from "zod";
import { lossKinds } from "../model/worktrees.ts";
import { failure, runReport } from "./model.ts";

const texts = z.array(z.string());

const rescue = z.strictObject({ directory: z.string(), files: texts, restore: texts }).meta({ description: "Where what was deleted is saved, and the commands that bring it back." });
export const loss = z.strictObject({ kind: z.enum(lossKinds), what: z.string(), id: z.string().optional() });

const ensured = {
  feature: z.string(),
  iteration: z.number(),
  project_name: z.string(),
  branch_name: z.string().nullable(),
  worktree_root: z.string(),
  feature_root: z.string(),
  action: z.enum(["create", "reuse", "recreate"]),
  existed_before: z.boolean(),
  created: z.boolean(),
  shared: texts,
  notes: texts,
  rescue: rescue.nullable(),
};

export const ensuredRow = z.strictObject(ensured);
/** A line of `plan` and of a start that makes worktrees first. */
export const ensuredLine = ensuredRow.extend({ type: z.literal("worktree_ensured") });
export type EnsuredRow = z.infer<typeof ensuredRow>;

export const ensureWorktreeReport = z.strictObject({
  contract_version: z.literal("envctl.ensure_worktree.v1"),
  surface: z.enum(["ensure-worktree", "import"]),
  ok: z.literal(true),
  ...ensured,
  runtime_started: z.literal(false),
  dry_run: z.boolean(),
});
export type EnsureWorktreeReport = z.infer<typeof ensureWorktreeReport>;

export const deletedRow = z.strictObject({
  project_name: z.string(),
  worktree_root: z.string().nullable(),
  branch_name: z.string().nullable(),
  is_gone: z.boolean().meta({ description: "Its directory had been deleted by hand." }),
  removed: z.boolean(),
  branch_removed: z.boolean(),
  losses: z.array(loss),
  rescue: rescue.nullable(),
  data: z.strictObject({ bytes: z.number(), volumes: z.array(z.string()).meta({ description: "In container engines." }), removed: z.boolean() }).nullable(),
  databases: z.array(z.strictObject({ server: z.string(), name: z.string(), removed: z.boolean() })).meta({ description: "With --data: what it has on Main's servers instead of one of its own." }),
  failure: failure.nullable(),
});
export type DeletedRow = z.infer<typeof deletedRow>;

export const deleteWorktreeReport = z.strictObject({
  contract_version: z.literal("envctl.delete_worktree.v1"),
  ok: z.boolean(),
  dry_run: z.boolean(),
  worktrees: z.array(deletedRow),
});
export type DeleteWorktreeReport = z.infer<typeof deleteWorktreeReport>;

const planRow = z.strictObject({
  name: z.string(),
  path: z.string(),
  feature: z.string(),
  worktrees: z.array(ensuredRow),
  deleted: z.array(deletedRow),
  archived_to: z.string().nullable().meta({ description: "Where the plan file was moved to, since it is to have no worktree any more." }),
});

export const planReport = z.strictObject({
  contract_version: z.literal("envctl.plan.v1"),
  type: z.literal("plan_report"),
  ok: z.boolean(),
  exit: z.int(),
  dry_run: z.boolean(),
  plans: z.array(planRow),
  failures: z.array(failure),
  starts: z.array(runReport).meta({ description: "How each start went: one, or several with --parallel-trees-max." }),
});
export type PlanReport = z.infer<typeof planReport>;
