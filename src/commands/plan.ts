/** `envctl plan [SEL…]`: makes the worktrees of plans what they should be, and starts them. */
import { basename } from "node:path";
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { DeletedRow, EnsuredRow, PlanReport } from "../contracts/worktree-reports.ts";
import type { RunReport } from "../model/control.ts";
import { exitCodes, UserError, type ExitCode, type Failure } from "../model/failure.ts";
import type { EnsuredWorktree } from "../model/worktrees.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { PlanChange } from "../worktrees/plan-selection.ts";
import type { PlannedWorktrees } from "../worktrees/plans.ts";
import type { Worktrees } from "../worktrees/worktrees.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { reportLines } from "../ui/report-lines.ts";
import { deletedLines, ensuredLines } from "../ui/worktree-lines.ts";
import { deletionReport, type Deletion } from "./delete-worktree.ts";
import { intentOf } from "./intent.ts";
import { submitted } from "./lifecycle.ts";
import { named, told } from "./setup-worktrees.ts";
import { rememberChoice, rememberedChoice } from "../cli/remembered-choice.ts";
import { textFlag } from "./targets.ts";
import { ensuredRowOf, makeOptions } from "./worktree-making.ts";

/** Undefined when the person chose nothing. */
type Answer = PlanReport | undefined;

export const body: CommandBody<Answer> = {
  run: async (input, runtime) => {
    const [worktrees, options] = await Promise.all([runtime.worktrees(), makeOptions(input, runtime)]);
    const atOnce = parallelTrees(input);
    const words = input.args.length > 0 ? input.args : await picked(input, worktrees.plans(options.settings.plans), options.settings.plans, runtime);
    if (words.length === 0) return undefined;
    const changes = worktrees.changes(words, options.settings.plans);
    const targets = changes.flatMap(({ plan, create, reuse }) => [...create, ...reuse].map((iteration) => ({ feature: plan.feature, iteration, task: worktrees.taskOf(plan) })));
    const outcome = targets.length === 0 ? { worktrees: [], failures: [] } : await worktrees.ensure(targets, options);
    if (!options.isDryRun) for (const one of outcome.worktrees) told(one, input);
    const deleted = await scaledDown(changes, { worktrees, input, runtime });
    const archived = options.isDryRun || input.flags["keep-plan"] === true ? new Map<string, string>() : archiveFinished(changes, deleted, worktrees);
    const starts = options.isDryRun ? [] : await started(outcome.worktrees, atOnce, input, runtime);
    const failures = [...outcome.failures, ...deleted.flatMap(({ failure }) => failure ?? [])];
    return planReportOf({ changes, made: outcome.worktrees, deleted, archived, starts, failures, isDryRun: options.isDryRun });
  },
  text: (report, screen) => (report === undefined ? ["Nothing was chosen."] : planText(report, screen)),
  exit: (report): ExitCode => (report === undefined || report.ok ? exitCodes.ok : (Object.values(exitCodes).find((code) => code === report.exit) ?? exitCodes.failure)),
};

function parallelTrees(input: CommandInput): number {
  const text = textFlag(input.flags, "parallel-trees-max");
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UserError({ reason: "usage_invalid", message: `--parallel-trees-max needs a number from 1, not "${text}"`, hint: "for example --parallel-trees-max 4" });
}

async function picked(input: CommandInput, plans: readonly PlannedWorktrees[], directory: string, runtime: EngineRuntime): Promise<readonly string[]> {
  if (plans.length === 0) throw new UserError({ reason: "unknown_target", message: `there are no plans below ${directory}`, hint: "write one as <category>/<name>.md there; `worktrees.plans` names another directory" });
  if (input.isInteractive && !input.wantsJson) {
    const { pick } = await import("../cli/picker-screen.tsx");
    const names = await pick("Plans, and how many worktrees each is to have", plans.map(({ name, iterations }) => ({ name, detail: "", count: iterations.length })), { signal: input.signal, remembered: rememberedChoice("plans", runtime) });
    if (names.length > 0) rememberChoice("plans", names, runtime);
    return names;
  }
  throw new UserError({ reason: "usage_invalid", message: "plan needs a selection where nobody can be asked", hint: `one or more of: ${plans.map(({ name }) => name).join(", ")}` });
}

async function scaledDown(changes: readonly PlanChange[], deletion: Deletion): Promise<readonly DeletedRow[]> {
  const names = changes.flatMap(({ plan, remove }) => remove.map((iteration) => `${plan.feature}-${iteration}`));
  return names.length === 0 ? [] : (await deletionReport(names, deletion)).worktrees;
}

/** A plan whose last worktree could not be deleted is not finished. */
function archiveFinished(changes: readonly PlanChange[], deleted: readonly DeletedRow[], worktrees: Worktrees): ReadonlyMap<string, string> {
  const kept = new Set(deleted.filter(({ removed }) => !removed).map(({ project_name }) => project_name));
  const finished = changes.filter(({ plan, remove, isFinished }) => isFinished && remove.every((iteration) => !kept.has(`${plan.feature}-${iteration}`)));
  return new Map(finished.map(({ plan }) => [plan.name, worktrees.archive(plan)]));
}

/** So many projects at once, the others after them; an interrupt ends it between two as well. */
async function started(made: readonly EnsuredWorktree[], atOnce: number, input: CommandInput, runtime: EngineRuntime): Promise<readonly RunReport[]> {
  const reports: RunReport[] = [];
  const projects = made.map(({ projectName }) => projectName);
  for (let index = 0; index < projects.length; index += atOnce) {
    const control = await runtime.control();
    const report = await submitted(control, intentOf("start", named(input, projects.slice(index, index + atOnce)), runtime), input);
    reports.push(report);
    if (input.signal.aborted) break;
  }
  return reports;
}

interface Done {
  readonly changes: readonly PlanChange[];
  readonly made: readonly EnsuredWorktree[];
  readonly deleted: readonly DeletedRow[];
  readonly archived: ReadonlyMap<string, string>;
  readonly starts: readonly RunReport[];
  readonly failures: readonly Failure[];
  readonly isDryRun: boolean;
}

function planReportOf({ changes, made, deleted, archived, starts, failures, isDryRun }: Done): PlanReport {
  const rows = changes.map(({ plan, remove }) => ({
    ...plan,
    worktrees: made.filter(({ feature }) => feature === plan.feature).map((one): EnsuredRow => ensuredRowOf(one)),
    deleted: deleted.filter(({ project_name }) => remove.some((iteration) => project_name === `${plan.feature}-${iteration}`)),
    archived_to: archived.get(plan.name) ?? null,
  }));
  const exit = starts.find(({ ok }) => !ok)?.exit ?? (failures.length > 0 ? exitCodes.failure : exitCodes.ok);
  return { contract_version: "envctl.plan.v1", type: "plan_report", ok: exit === exitCodes.ok, exit, dry_run: isDryRun, plans: rows, failures: [...failures], starts: starts.map((report) => structuredClone(report) as PlanReport["starts"][number]) };
}

function planText(report: PlanReport, screen: Screen): readonly string[] {
  const plans = report.plans.flatMap((plan) => [
    ...(report.dry_run ? plan.worktrees.flatMap((row) => ensuredLines(row, true)) : []),
    ...plan.deleted.flatMap((row) => deletedLines(row, report.dry_run)),
    ...(plan.archived_to === null ? [] : [`${plan.name} is finished: ${basename(plan.path)} moved to ${plan.archived_to}`]),
  ]);
  const told = new Set(report.plans.flatMap((plan) => plan.deleted.flatMap(({ failure }) => failure?.message ?? [])));
  const failures = [...report.failures.filter(({ message }) => !told.has(message)), ...report.starts.flatMap((start) => start.failures)];
  return [...plans, ...failures.flatMap(failureLines), ...report.starts.flatMap((start) => reportLines(start, screen))];
}
