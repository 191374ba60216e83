/** What worktrees are called and where they lie. Pure. */
import { resolve } from "node:path";
import type { WorktreeTarget } from "../model/worktrees.ts";

const longest = 80;

/**
 * A text as part of a path, a branch and a project's name: letters and digits of any script, `.`, `_` and `-` stay, everything else
 * becomes a dash. Undefined when nothing is left. See git-check-ref-format(1).
 */
export function slugOf(text: string): string | undefined {
  const dashed = text.normalize("NFC").replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, "-").replaceAll(/\.{2,}/g, ".").replaceAll(/-{2,}/g, "-");
  const cut = [...dashed].slice(0, longest).join("");
  const slug = cut.replace(/^[-.]+/, "").replace(/(?:\.lock|[-.])+$/, "");
  return slug === "" ? undefined : slug;
}

/** `<feature>-<n>` names iteration n; anything else the first iteration of a feature. Undefined when no name is left of it. */
export function targetOf(selector: string): WorktreeTarget | undefined {
  const [, before, number] = /^(.+)-([1-9]\d{0,8})$/.exec(selector) ?? [];
  const feature = slugOf(before ?? selector);
  return feature === undefined ? undefined : { feature, iteration: number === undefined ? 1 : Number(number) };
}

/** Project and branch have the same name. */
export function branchOf({ feature, iteration }: WorktreeTarget): string {
  return `${feature}-${iteration}`;
}

/** The directory a layout gives a worktree; absolute. */
export function rootOf(layout: string, target: WorktreeTarget, repository: string): string {
  const values: Readonly<Record<string, string>> = { feature: target.feature, n: String(target.iteration), repository: repository.split("/").at(-1) ?? "" };
  return resolve(repository, layout.replaceAll(/\{(feature|n|repository)\}/g, (_sign, name: string) => values[name] ?? ""));
}

/** Where an imported branch goes: beside the layout's features, under a name of its own. */
export function importRootOf(layout: string, branch: string, repository: string): string | undefined {
  const slug = slugOf(branch);
  if (slug === undefined) return undefined;
  const isUsual = layout.startsWith("trees/");
  return isUsual ? resolve(repository, "trees", "imported", slug) : resolve(rootOf(layout, { feature: slug, iteration: 1 }, repository));
}
