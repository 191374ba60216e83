/** `ship`: commit, push, pull request, forecast of conflicts, checks. Every step is told apart, and the first that fails ends it. */
import { systemClock } from "../../host/clock.ts";
import { UserError, type Failure } from "../../model/failure.ts";
import { git } from "../git.ts";
import type { ActionPlace } from "../place.ts";
import { baseOf } from "./base.ts";
import { awaitChecks, type Checks } from "./checks.ts";
import { commit, type CommitOrder, type CommitOutcome } from "./commit.ts";
import { conflictsWith } from "./conflicts.ts";
import { requireGh } from "./gh.ts";
import { branchToMerge, pullRequest, workToMerge, type PrOrder, type PrOutcome, type WorkToMerge } from "./pr.ts";
import { push } from "./push.ts";

export const shipSteps = ["commit", "push", "pr", "merge_conflicts", "checks"] as const;
export type ShipStep = (typeof shipSteps)[number];
export type StepStatus = "ok" | "skipped" | "failed" | "not_reached";

export interface ShipOrder {
  readonly commit: Omit<CommitOrder, "pushes">;
  readonly pr: PrOrder;
  readonly intervalMs: number;
  readonly checksTimeoutMs: number;
  readonly graceMs: number;
}

export interface ShipOutcome {
  readonly steps: Readonly<Record<ShipStep, StepStatus>>;
  readonly committed: CommitOutcome | undefined;
  readonly head: string | undefined;
  readonly work: WorkToMerge | undefined;
  readonly pushedTo: string | undefined;
  readonly pr: Omit<PrOutcome, "pushedTo"> | undefined;
  readonly conflicts: readonly string[] | undefined;
  readonly checks: Checks | undefined;
  readonly checksMs: number;
  readonly failures: readonly Failure[];
}

/** Never throws for what a step does: what was reached is part of the answer. */
export async function ship(order: ShipOrder, place: ActionPlace): Promise<ShipOutcome> {
  let outcome = nothingYet;
  const step = async (name: ShipStep, work: () => Promise<Partial<ShipOutcome> & { readonly status?: StepStatus }>): Promise<boolean> => {
    try {
      const { status = "ok", ...rest } = await work();
      outcome = { ...outcome, ...rest, steps: { ...outcome.steps, [name]: status } };
      return status !== "failed";
    } catch (error) {
      if (!(error instanceof UserError) || place.signal.aborted) throw error;
      outcome = { ...outcome, failures: error.failures, steps: { ...outcome.steps, [name]: "failed" } };
      return false;
    }
  };
  const steps: readonly (readonly [ShipStep, () => ReturnType<typeof committing>])[] = [
    // Asked for first: a commit on the wrong branch, or a push without a pull request, is half a job.
    ["pr", async () => (await requireGh(place), await branchToMerge(order.pr, place), { status: "not_reached" })],
    ["commit", () => committing(order, place)],
    ["push", () => pushing(order, place)],
    ["pr", () => opening(order, outcome, place)],
    ["merge_conflicts", () => forecasting(order, outcome, place)],
    ["checks", () => checking(order, outcome, place)],
  ];
  for (const [name, work] of steps) if (!(await step(name, work))) break;
  return outcome;
}

const nothingYet: ShipOutcome = {
  steps: { commit: "not_reached", push: "not_reached", pr: "not_reached", merge_conflicts: "not_reached", checks: "not_reached" },
  committed: undefined, head: undefined, work: undefined, pushedTo: undefined, pr: undefined, conflicts: undefined, checks: undefined, checksMs: 0, failures: [],
};

type StepResult = Partial<ShipOutcome> & { readonly status?: StepStatus };

async function committing({ commit: order }: ShipOrder, place: ActionPlace): Promise<StepResult> {
  const committed = await commit({ ...order, pushes: false }, place);
  return { committed, head: await git(place, "rev-parse", "HEAD"), status: committed.sha === undefined ? "skipped" : "ok" };
}

async function pushing(order: ShipOrder, place: ActionPlace): Promise<StepResult> {
  const work = await workToMerge(order.pr, place);
  return { work, pushedTo: await push(place, work.branch) };
}

async function opening(order: ShipOrder, { work }: ShipOutcome, place: ActionPlace): Promise<StepResult> {
  const pr = await pullRequest(order.pr, work ?? (await workToMerge(order.pr, place)), place);
  return { pr, status: pr.isNew ? "ok" : "skipped" };
}

async function forecasting(order: ShipOrder, { pr, committed }: ShipOutcome, place: ActionPlace): Promise<StepResult> {
  const base = await baseOf(place, committed?.branch, pr?.base ?? order.pr.base);
  const conflicts = await conflictsWith(place, base.ref);
  if (conflicts === undefined || conflicts.length === 0) return { conflicts, status: conflicts === undefined ? "skipped" : "ok" };
  const failure: Failure = { reason: "conflict", message: `a merge into ${base.branch} would conflict in ${conflicts.join(", ")}`, hint: `merge or rebase onto ${base.branch} and ship again` };
  return { conflicts, failures: [failure], status: "failed" };
}

async function checking(order: ShipOrder, { pr, head }: ShipOutcome, place: ActionPlace): Promise<StepResult> {
  const begun = systemClock.monotonic();
  const checks = await awaitChecks({ branch: pr?.branch ?? "", expectedHead: head ?? "", intervalMs: order.intervalMs, deadlineMs: order.checksTimeoutMs, graceMs: order.graceMs }, place);
  const failure = troubleOf(checks, pr?.url ?? "");
  const status = failure === undefined ? (checks.state === "none" ? "skipped" : "ok") : "failed";
  return { checks, checksMs: Math.round(systemClock.monotonic() - begun), failures: failure === undefined ? [] : [failure], status };
}

function troubleOf({ state, checks, error }: Checks, url: string): Failure | undefined {
  const names = (wanted: string): string => checks.filter((one) => one.state === wanted).map(({ name }) => name).join(", ");
  switch (state) {
    case "failed":
      return { reason: "action_failed", message: `checks failed: ${names("failed")}`, hint: `see ${url}/checks` };
    case "timeout":
      return { reason: "timed_out", message: `checks did not come to an end: ${names("pending") || "none appeared for the pushed commit"}`, hint: `see ${url}/checks, or wait longer with --checks-timeout` };
    case "error":
      return { reason: "action_failed", message: `the checks could not be read: ${error ?? ""}`, hint: `see ${url}/checks` };
    case "passed":
    case "none":
    case "pending":
      return undefined;
  }
}
