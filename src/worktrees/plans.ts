/** Plans and the worktrees they have: from the words of a person to what would change. Reads files only. */
import { existsSync, realpathSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { UserError } from "../model/failure.ts";
import type { PlanFile } from "../model/worktrees.ts";
import { knownWorktrees } from "./known.ts";
import { branchOf } from "./names.ts";
import type { WorktreesPlace } from "./place.ts";
import { isOutside, planFiles } from "./plan-files.ts";
import { chosenPlans, planChange, type PlanChange } from "./plan-selection.ts";

export type PlannedWorktrees = PlanFile & {
  /** Those there are. */
  readonly iterations: readonly number[];
};

/** Every plan with its worktrees. */
export function plansWithWorktrees(directory: string, place: WorktreesPlace): readonly PlannedWorktrees[] {
  const names = new Set(knownWorktrees(place).map(({ name }) => name));
  return planFiles(join(place.checkout.repository, directory)).map((plan) => ({ ...plan, iterations: iterationsOf(plan.feature, names) }));
}

/** Throws a UserError for a word that names no plan, several, or a file outside of the plans' directory. */
export function plannedChanges(words: readonly string[], directory: string, place: WorktreesPlace): readonly PlanChange[] {
  const root = join(place.checkout.repository, directory);
  const plans = planFiles(root);
  const relativeTo = (word: string): string | undefined => insideOf(word, root, place);
  const names = new Set(knownWorktrees(place).map(({ name }) => name));
  return chosenPlans(words, plans, relativeTo).map((choice) => planChange(choice, iterationsOf(choice.plan.feature, names)));
}

/** A path as one relative to the plans' directory; undefined for a word that is no path, or names nothing. */
function insideOf(word: string, root: string, { checkout }: WorktreesPlace): string | undefined {
  if (!word.includes("/") && !word.endsWith(".md")) return undefined;
  const found = [checkout.projectRoot, checkout.repository, root].flatMap((from) => [resolve(from, word), `${resolve(from, word)}.md`]).find((path) => existsSync(path));
  if (found === undefined) return undefined;
  if (!isOutside(found, root)) return relative(realpathSync(root), realpathSync(found));
  throw new UserError({ reason: "usage_invalid", message: `${found} lies outside of ${root}, where plans are`, hint: "move it to <category>/<name>.md there, or set `worktrees.plans`" });
}

function iterationsOf(feature: string, names: ReadonlySet<string>): readonly number[] {
  const pattern = branchOf({ feature, iteration: 0 }).slice(0, -1);
  return [...names].flatMap((name) => {
    const number = name.startsWith(pattern) ? name.slice(pattern.length) : "";
    return /^[1-9]\d{0,8}$/.test(number) ? [Number(number)] : [];
  });
}
