/** Plan files on the disk: `<category>/<name>.md`, one folder deep. */
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isoTime, type Clock } from "../host/clock.ts";
import type { PlanFile } from "../model/worktrees.ts";
import { slugOf } from "./names.ts";

/** Sorted by name. What leads out of the directory is no plan; neither are finished ones, README.md and `*_PLAN.md`. */
export function planFiles(directory: string): readonly PlanFile[] {
  if (!existsSync(directory)) return [];
  const root = realpathSync(directory);
  return directoriesIn(root).filter((category) => category !== "done").flatMap((category) => markdownIn(join(root, category)).flatMap((file): readonly PlanFile[] => {
    const path = join(root, category, file);
    const feature = slugOf(`${category}_${file.slice(0, -".md".length)}`);
    const isInside = realpathSync(path).startsWith(`${root}/`);
    return feature === undefined || !isInside ? [] : [{ name: `${category}/${file.slice(0, -".md".length)}`, path, feature }];
  })).sort((one, other) => (one.name < other.name ? -1 : 1));
}

function directoriesIn(root: string): readonly string[] {
  return readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
}

function markdownIn(directory: string): readonly string[] {
  const isPlan = (name: string): boolean => name.endsWith(".md") && !name.startsWith(".") && name !== "README.md" && !name.endsWith("_PLAN.md");
  return readdirSync(directory).filter((name) => isPlan(name) && existsSync(join(directory, name)));
}

export function planText(plan: PlanFile): string {
  return readFileSync(plan.path, "utf8");
}

/** Moves a finished plan to the sibling `done/`, under its category; with the time in its name when there is one already. Returns where it is. */
export function archivePlan(plan: PlanFile, clock: Clock): string {
  const category = dirname(plan.path);
  const into = join(dirname(dirname(category)), "done", basename(category));
  mkdirSync(into, { recursive: true });
  const usual = join(into, basename(plan.path));
  const to = existsSync(usual) ? join(into, `${basename(plan.path, ".md")}-${isoTime(clock).replaceAll(/[:.]/g, "-")}.md`) : usual;
  renameSync(plan.path, to);
  return to;
}

/** Whether a file lies outside of the plans' directory, also through a link; such a file is never read. */
export function isOutside(path: string, directory: string): boolean {
  return !existsSync(directory) || !realpathSync(path).startsWith(`${realpathSync(directory)}/`);
}
