/** Gives a new worktree what it would else have to make again: links to Main's files, or copies that share their blocks. */
import { constants, copyFileSync, lstatSync, mkdirSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { copyTree } from "../host/copy-tree.ts";
import { errorText } from "../host/files.ts";
import type { WorktreeSettings } from "../model/worktrees.ts";

export interface SharePlace {
  readonly repository: string;
  readonly root: string;
  readonly platform: NodeJS.Platform;
  readonly signal: AbortSignal;
}

export interface Shared {
  readonly paths: readonly string[];
  readonly notes: readonly string[];
}

/** What is there already, and what Main does not have, is left alone. Trouble with one path is a note: the worktree is good without it. */
export async function share(settings: Pick<WorktreeSettings, "link" | "copy">, place: SharePlace): Promise<Shared> {
  const wanted = [...settings.link.map((path) => ({ path, how: "link" as const })), ...settings.copy.map((path) => ({ path, how: "copy" as const }))];
  const done = await Promise.all(wanted.map(async ({ path, how }) => {
    try {
      return (await shareOne(normalize(path).replace(/\/+$/, ""), how, place)) ? { path } : {};
    } catch (error) {
      return { note: `${path} could not be ${how === "link" ? "linked" : "copied"}: ${errorText(error)}` };
    }
  }));
  return { paths: done.flatMap(({ path }) => path ?? []), notes: done.flatMap(({ note }) => note ?? []) };
}

async function shareOne(path: string, how: "link" | "copy", { repository, root, platform, signal }: SharePlace): Promise<boolean> {
  const [from, to] = [join(repository, path), join(root, path)];
  const source = statSync(from, { throwIfNoEntry: false });
  if (source === undefined || lstatSync(to, { throwIfNoEntry: false }) !== undefined) return false;
  mkdirSync(dirname(to), { recursive: true });
  assertInside(root, dirname(to), path);
  if (how === "link") symlinkSync(from, to);
  else if (source.isDirectory()) await copyDirectory(from, to, platform, signal);
  else copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  return true;
}

/** A directory of the branch may be a link to anywhere. */
function assertInside(root: string, directory: string, path: string): void {
  const [real, at] = [realpathSync(root), realpathSync(directory)];
  if (at !== real && !at.startsWith(`${real}/`)) throw new Error(`a link leads ${path} out of the worktree, to ${at}`);
}

async function copyDirectory(from: string, to: string, platform: NodeJS.Platform, signal: AbortSignal): Promise<void> {
  mkdirSync(to);
  const trouble = await copyTree({ from, to, platform, account: undefined, signal });
  if (trouble === undefined) return;
  rmSync(to, { recursive: true, force: true });
  throw new Error(trouble);
}
