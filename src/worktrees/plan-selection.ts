/** Which plans are meant, and what becomes of their worktrees. Pure. */
import { UserError } from "../model/failure.ts";
import { globExpression } from "../model/glob.ts";
import { nearestName } from "../model/nearest.ts";
import type { PlanFile } from "../model/worktrees.ts";

/** How many worktrees a plan is to have. */
export interface PlanChoice {
  readonly plan: PlanFile;
  /** Said with `=N`: no more and no fewer. Else those there are, and at least so many. */
  readonly exactly?: number;
  readonly atLeast: number;
}

/** What becomes of a plan's worktrees, by iteration. */
export interface PlanChange {
  readonly plan: PlanFile;
  readonly create: readonly number[];
  readonly reuse: readonly number[];
  readonly remove: readonly number[];
  /** It is to have none: finished. */
  readonly isFinished: boolean;
}

const most = 50;

/**
 * `alpha`, `features/alpha`, with or without `.md`, a path, a pattern such as `features/*`; each with `=N`, several separated by commas.
 * The same plan twice means two worktrees. `relativeTo` turns a path into one relative to the plans' directory, if it lies in it.
 */
export function chosenPlans(words: readonly string[], plans: readonly PlanFile[], relativeTo: (word: string) => string | undefined): readonly PlanChoice[] {
  const chosen = new Map<string, PlanChoice>();
  for (const word of words.flatMap((one) => one.split(",")).map((one) => one.trim()).filter((one) => one !== "")) {
    const [, selector = word, count] = /^(.+)=(\d{1,9})$/.exec(word) ?? [];
    for (const plan of matching(selector, plans, relativeTo)) {
      const before = chosen.get(plan.name);
      chosen.set(plan.name, { plan, atLeast: (before?.atLeast ?? 0) + 1, ...exactly(count === undefined ? before?.exactly : Number(count)) });
    }
  }
  const choices = [...chosen.values()];
  for (const { plan, exactly: wanted = 0 } of choices) {
    assertOneSlug(plan, plans);
    if (wanted > most) throw new UserError({ reason: "usage_invalid", message: `${wanted} worktrees of ${plan.name} are more than the ${most} made at once`, hint: `write ${plan.name}=N with a smaller number` });
  }
  return choices;
}

function exactly(count: number | undefined): Pick<PlanChoice, "exactly"> {
  return count === undefined ? {} : { exactly: count };
}

function matching(selector: string, plans: readonly PlanFile[], relativeTo: (word: string) => string | undefined): readonly PlanFile[] {
  const bare = withoutEnd(selector);
  if (/[*?]/.test(selector)) {
    const expression = globExpression(bare.includes("/") ? bare : `**/${bare}`);
    const found = plans.filter(({ name }) => expression.test(name));
    if (found.length > 0) return found;
    throw unknownPlan(selector, plans);
  }
  const whole = plans.find(({ name }) => name === bare);
  if (whole !== undefined) return [whole];
  const named = plans.filter(({ name }) => name.split("/")[1] === bare);
  if (named.length > 1) throw new UserError({ reason: "unknown_target", message: `several plans are called "${bare}"`, hint: `say which: ${named.map(({ name }) => name).join(", ")}` });
  const inside = named.length > 0 ? undefined : relativeTo(selector);
  const found = named[0] ?? plans.find(({ name }) => name === (inside === undefined ? undefined : withoutEnd(inside)));
  if (found !== undefined) return [found];
  throw unknownPlan(selector, plans);
}

function withoutEnd(text: string): string {
  return text.endsWith(".md") ? text.slice(0, -".md".length) : text;
}

function unknownPlan(selector: string, plans: readonly PlanFile[]): UserError {
  const names = plans.map(({ name }) => name);
  const nearest = nearestName(selector, [...names, ...names.map((name) => name.split("/")[1] ?? name)]);
  return new UserError({ reason: "unknown_target", message: `no plan is called "${selector}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: names.length === 0 ? "there are no plans: write one as <category>/<name>.md below `worktrees.plans`" : `plans: ${names.join(", ")}` });
}

/** Two plans whose worktrees would have one name can never be told apart. */
function assertOneSlug(plan: PlanFile, plans: readonly PlanFile[]): void {
  const twin = plans.find((one) => one.feature.toLowerCase() === plan.feature.toLowerCase() && one.name !== plan.name);
  if (twin === undefined) return;
  throw new UserError({ reason: "conflict", message: `the worktrees of ${plan.name} and ${twin.name} would both be called ${plan.feature}`, hint: "rename one of the two plan files" });
}

/** `existing`: iterations of the plan's worktrees that are there. */
export function planChange({ plan, exactly: wanted, atLeast }: PlanChoice, existing: readonly number[]): PlanChange {
  const first = Array.from({ length: wanted ?? atLeast }, (_value, index) => index + 1);
  const remaining = wanted === undefined ? [...new Set([...first, ...existing])] : first;
  return {
    plan,
    create: remaining.filter((iteration) => !existing.includes(iteration)).sort(ascending),
    reuse: remaining.filter((iteration) => existing.includes(iteration)).sort(ascending),
    remove: existing.filter((iteration) => !remaining.includes(iteration)).sort(ascending),
    isFinished: wanted === 0,
  };
}

function ascending(one: number, other: number): number {
  return one - other;
}
