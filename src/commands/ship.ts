/** `ship`: brings the work of projects to the point where it can be merged. */
import { join } from "node:path";
import type { ShipOutcome } from "../actions/delivery/ship.ts";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { ShipReport, ShipResult } from "../contracts/action-reports.ts";
import { UserError } from "../model/failure.ts";
import { blockingFailures } from "../model/finding.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { ActionTargets } from "./action-targets.ts";
import { checkMessage, messageSource } from "./commit.ts";
import { intentOf } from "./intent.ts";
import { actionBody, type ActionAnswer, type ActionCall } from "./project-action.ts";
import { prOrder } from "./pr.ts";
import { timeFlag } from "./time-flag.ts";

const checksTimeoutMs = 30 * 60_000;
/** A look that is cut short would let through what it was to stop. */
const gateMs = 30_000;
/** Checks appear some seconds after a push. */
const graceMs = 30_000;

const action = actionBody<"ship", ShipResult>({
  name: "ship",
  timeoutMs: 60 * 60_000,
  atOnce: 4,
  needsGit: true,
  takesWords: true,
  check: async (targets, input, runtime) => {
    checkMessage(input);
    await passGate(targets, input, runtime);
  },
  artifacts: (project, _, runtime) => join(runtime.scope.root, "actions", project),
  work,
  troubles: ({ failures }) => failures,
  heading: ["COMMIT", "PUSH", "PR", "CONFLICTS", "CHECKS"],
  cells: ({ step_statuses: steps, checks_state }) => [steps.commit, steps.push, steps.pr, steps.merge_conflicts, checks_state].map((word) => word.replace("_", " ")),
  details: ({ pr_url, passed_checks, pending_checks }) => [
    ...(pr_url === null ? [] : [pr_url]),
    ...(passed_checks.length === 0 ? [] : [`passed: ${passed_checks.join(", ")}`]),
    ...(pending_checks.length === 0 ? [] : [`pending: ${pending_checks.join(", ")}`]),
  ],
});

export const body: CommandBody<ShipReport> = {
  run: async (input, runtime) => withOnly(await action.run(input, runtime)),
  text: (report, screen) => action.text({ ...report }, screen),
  exit: ({ exit }) => exit,
};

/** What is pushed cannot be taken back: the checks that stand before a ship speak first. Throws a UserError for what they find broken. */
async function passGate({ projects }: ActionTargets, input: CommandInput, runtime: EngineRuntime): Promise<void> {
  const findings = (await runtime.examine({ intent: intentOf("start", input, runtime), gate: "ship", projects: projects.map(({ name }) => name), deadlineMs: gateMs })).map(({ finding }) => finding);
  for (const { detail, hint } of findings.filter(({ status }) => status === "warn")) input.note(`${detail}${hint === undefined ? "" : `; ${hint}`}`);
  const failures = blockingFailures(findings);
  if (failures.length > 0) throw new UserError(failures);
}

function withOnly(answer: ActionAnswer<"ship", ShipResult>): ShipReport {
  const [only, ...more] = answer.projects;
  if (only === undefined || more.length > 0 || only.result === null) return answer;
  const { failures: _, ...result } = only.result;
  return { ...answer, ...result };
}

async function work({ actions, place, input, runtime, project }: ActionCall): Promise<ShipResult> {
  const { clock } = runtime.host;
  const begun = clock.monotonic();
  const intervalMs = timeFlag(input.flags, "check-interval") ?? 10_000;
  const timeoutMs = timeFlag(input.flags, "checks-timeout") ?? checksTimeoutMs;
  const outcome = await actions.ship({ commit: messageSource(input), pr: prOrder(input), intervalMs, checksTimeoutMs: timeoutMs, graceMs: Math.min(graceMs, timeoutMs / 2) }, place);
  return {
    contract_version: "envctl.ship.v1",
    project: project.name, project_root: project.root, repo_root: runtime.checkout.repository, git_root: project.root,
    ...deliveryOf(outcome),
    ...checksOf(outcome),
    checks_timeout_seconds: timeoutMs / 1000,
    duration_seconds: (clock.monotonic() - begun) / 1000,
    failures: [...outcome.failures],
  };
}

type Delivery = Pick<ShipResult, "branch" | "status" | "step_statuses" | "operation_statuses" | "commit_sha" | "committed" | "pushed" | "pr_url" | "pr_created" | "merge_conflicts" | "protected_local_artifacts_skipped">;

function deliveryOf({ steps, committed, head, pushedTo, pr, conflicts, failures }: ShipOutcome): Delivery {
  return {
    branch: committed?.branch ?? null,
    status: failures.length === 0 ? "shipped" : "failed",
    step_statuses: { ...steps }, operation_statuses: { ...steps },
    commit_sha: head ?? null,
    committed: committed?.sha !== undefined,
    pushed: pushedTo !== undefined,
    pr_url: pr?.url ?? null,
    pr_created: pr?.isNew === true,
    merge_conflicts: conflicts === undefined ? null : [...conflicts],
    protected_local_artifacts_skipped: [...(committed?.leftOut ?? [])],
  };
}

type CheckFields = Pick<ShipResult, "checks_state" | "passed_checks" | "failing_checks" | "pending_checks" | "pr_checks" | "checks_error" | "checks_expected_head_sha" | "checks_actual_head_sha" | "deployment_url" | "monitor_duration_seconds">;

function checksOf({ checks, checksMs, head }: ShipOutcome): CheckFields {
  const all = checks?.checks ?? [];
  const names = (state: string): string[] => all.filter((one) => one.state === state).map(({ name }) => name);
  return {
    checks_state: checks?.state ?? "not_reached",
    passed_checks: names("passed"), failing_checks: names("failed"), pending_checks: names("pending"),
    pr_checks: all.map((one) => ({ ...one })),
    checks_error: checks?.error ?? null,
    checks_expected_head_sha: head ?? null,
    checks_actual_head_sha: checks?.head ?? null,
    // By the names that hosts of previews give their checks.
    deployment_url: all.find(({ name, link }) => /deploy|preview|vercel|netlify/i.test(name) && link !== "")?.link ?? null,
    monitor_duration_seconds: checksMs / 1000,
  };
}
