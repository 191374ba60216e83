/** The checkouts of a repository, read from git's own files: no process is started. See gitrepository-layout(5). */
import { existsSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { ProjectFact } from "../model/facts.ts";
import type { Checkout } from "./checkout.ts";
import { faultPoint } from "./fault-point.ts";
import { readJson, writeAtomic } from "./files.ts";

/** Main first, then worktrees by name, each with its remembered slot. Deleted worktrees are not among them. */
export function discoverProjects(checkout: Pick<Checkout, "repository" | "gitDirectory">, slotsPath: string): readonly ProjectFact[] {
  const { repository, gitDirectory } = checkout;
  const roots = gitDirectory === undefined ? [] : linkedWorktrees(gitDirectory).filter((worktree) => !worktree.isGone && worktree.root !== repository);
  const names = uniqueNames(repository, roots.map((worktree) => worktree.root));
  const slots = withSlots(readSlots(slotsPath), [...names.values()]);
  const worktrees = roots.map(({ root, branch }): ProjectFact => {
    const name = names.get(root) ?? basename(root);
    return { name, root, isMain: false, slot: slots.get(name) ?? 0, ...(branch === undefined ? {} : { branch }) };
  });
  const branch = gitDirectory === undefined ? undefined : branchIn(gitDirectory);
  const main: ProjectFact = { name: mainProject, root: repository, isMain: true, slot: 0, ...(branch === undefined ? {} : { branch }) };
  return [main, ...worktrees.sort((one, other) => (one.name < other.name ? -1 : 1))];
}

const mainProject = "Main";

/** The first slot that none of these has; 0 is Main's. */
export function freeSlot(taken: readonly number[]): number {
  let slot = 1;
  while (taken.includes(slot)) slot += 1;
  return slot;
}

/** Writes the slots down, so that a project keeps its ports. Only the daemon calls this. */
export function rememberSlots(projects: readonly ProjectFact[], slotsPath: string): void {
  const slots = Object.fromEntries(projects.filter((project) => !project.isMain).map((project) => [project.name, project.slot]));
  if (JSON.stringify(readSlots(slotsPath)) === JSON.stringify(slots)) return;
  faultPoint("slots.unwritten");
  writeAtomic(slotsPath, `${JSON.stringify(slots)}\n`);
  faultPoint("slots.written");
}

/** A linked worktree as git keeps it. */
export interface LinkedWorktree {
  /** Real path; where it was, when its directory is gone. */
  readonly root: string;
  readonly branch?: string;
  /** What git keeps of it: HEAD, index, reflog. */
  readonly adminDirectory: string;
  /** Its directory was deleted without git's knowledge. */
  readonly isGone: boolean;
  /** Why `git worktree lock` was said; "" without a reason. Undefined when it is not locked. */
  readonly lock?: string;
}

/** Every linked worktree git knows of, also those whose directory is gone. */
export function linkedWorktrees(gitDirectory: string): readonly LinkedWorktree[] {
  const directory = join(gitDirectory, "worktrees");
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((id): readonly LinkedWorktree[] => {
    const adminDirectory = join(directory, id);
    const written = readText(join(adminDirectory, "gitdir"));
    if (written === undefined) return [];
    // Relative where git was told `worktree.useRelativePaths`.
    const pointer = resolve(adminDirectory, written);
    const isGone = !existsSync(pointer);
    const [branch, lock] = [branchIn(adminDirectory), readText(join(adminDirectory, "locked"))];
    return [{ root: isGone ? dirname(pointer) : realpathSync(dirname(pointer)), adminDirectory, isGone, ...(branch === undefined ? {} : { branch }), ...(lock === undefined ? {} : { lock }) }];
  });
}

/** Worktrees whose directory was deleted by hand, by the name their project had. */
export function goneWorktrees(checkout: Pick<Checkout, "repository" | "gitDirectory">): readonly (LinkedWorktree & { readonly name: string })[] {
  const gone = checkout.gitDirectory === undefined ? [] : linkedWorktrees(checkout.gitDirectory).filter(({ isGone }) => isGone);
  return gone.map((one) => ({ ...one, name: proposedName(checkout.repository, one.root) }));
}

/** The branch a HEAD file names; undefined when it is detached. */
function branchIn(gitDirectory: string): string | undefined {
  return /^ref: refs\/heads\/(.+)$/.exec(readText(join(gitDirectory, "HEAD")) ?? "")?.[1];
}

/** Equal names get a number. */
function uniqueNames(repository: string, roots: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set([mainProject.toLowerCase()]);
  const names = new Map<string, string>();
  for (const root of [...roots].sort()) {
    const proposed = proposedName(repository, root);
    let name = proposed;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${proposed}-${number}`;
    taken.add(name.toLowerCase());
    names.set(root, name);
  }
  return names;
}

/** `trees/<feature>/<n>` is `<feature>-<n>`; any other worktree, imported ones too, has its directory's name. */
export function proposedName(repository: string, root: string): string {
  const [, feature, iteration] = /^trees[^/]*\/([^/]+)\/([^/]+)$/.exec(relative(repository, root)) ?? [];
  const name = feature === undefined || feature === "imported" ? basename(root) : `${feature}-${iteration}`;
  return name.replaceAll(/[\s,:{}]+/g, "-");
}

function readSlots(path: string): Readonly<Record<string, number>> {
  const value = readJson(path);
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, number] => Number.isInteger(pair[1]) && Number(pair[1]) > 0));
}

/** Remembered slots stay; the others get the lowest free number. */
function withSlots(remembered: Readonly<Record<string, number>>, names: readonly string[]): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  const used = new Set<number>();
  const take = (name: string, slot: number): void => {
    slots.set(name, slot);
    used.add(slot);
  };
  for (const name of names) {
    const slot = Object.hasOwn(remembered, name) ? remembered[name] : undefined;
    if (slot !== undefined && !used.has(slot)) take(name, slot);
  }
  for (const name of [...names].sort()) {
    if (slots.has(name)) continue;
    let slot = 1;
    while (used.has(slot)) slot += 1;
    take(name, slot);
  }
  return slots;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
