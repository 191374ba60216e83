/** The worktrees there are, by the names of their projects. */
import { readdirSync } from "node:fs";
import { discoverProjects, goneWorktrees, linkedWorktrees } from "../host/projects.ts";
import { UserError } from "../model/failure.ts";
import { namesMeant } from "../model/glob.ts";
import { nearestName } from "../model/nearest.ts";
import type { WorktreeLeftovers } from "../model/worktrees.ts";
import type { WorktreesPlace } from "./place.ts";
import type { NamedWorktree } from "./remove.ts";

/** Those whose directory is there. */
export function knownWorktrees({ checkout, slots }: Pick<WorktreesPlace, "checkout" | "slots">): readonly NamedWorktree[] {
  const linked = checkout.gitDirectory === undefined ? [] : linkedWorktrees(checkout.gitDirectory);
  const projects = discoverProjects(checkout, slots);
  return linked.flatMap((one) => {
    const name = projects.find(({ root, isMain }) => root === one.root && !isMain)?.name;
    return name === undefined || one.isGone ? [] : [{ ...one, name }];
  });
}

/** By name, pattern, directory or branch, also those whose directory is gone. Throws a UserError for any other word, and for Main. */
export function worktreesMeant(word: string, place: Pick<WorktreesPlace, "checkout" | "slots">): readonly NamedWorktree[] {
  const present = knownWorktrees(place);
  const gone = goneWorktrees(place.checkout).filter(({ name }) => present.every((one) => one.name !== name));
  const all = [...present, ...gone];
  const names = namesMeant(word, all.map(({ name }) => name));
  const found = all.filter((one) => names.includes(one.name) || (names.length === 0 && (one.root === word || one.branch === word)));
  if (found.length > 0) return found;
  if (word.toLowerCase() === "main") throw new UserError({ reason: "usage_invalid", message: "Main is the repository itself, not a worktree of it", hint: `worktrees: ${listed(all)}` });
  const nearest = nearestName(word, all.map(({ name }) => name));
  throw new UserError({ reason: "unknown_target", message: `no worktree is called "${word}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: `worktrees: ${listed(all)}` });
}

/** What is left of worktrees deleted by hand. A project of the same name as a living one is not left over. */
export function leftoversOf({ checkout, slots, data }: Pick<WorktreesPlace, "checkout" | "slots" | "data">): WorktreeLeftovers {
  const living = new Set(discoverProjects(checkout, slots).map(({ name }) => name));
  const gone = goneWorktrees(checkout).filter(({ name }) => !living.has(name));
  return { gone: gone.map(({ name, root }) => ({ name, root })), data: namesIn(data).filter((name) => !living.has(name)) };
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}

function listed(all: readonly NamedWorktree[]): string {
  return all.length === 0 ? "none" : all.map(({ name }) => name).join(", ");
}
