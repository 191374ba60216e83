/** Reads `git status --porcelain=v2 -z --no-renames` and tells what of it would be lost. Pure. See git-status(1). */
import type { Loss, LossKind } from "../model/worktrees.ts";

export interface TreeStatus {
  readonly changes: readonly Loss[];
  /** Files and directories git ignores; a directory ends with a slash. */
  readonly ignored: readonly string[];
}

/** What git is asked; a user's own settings do not hide anything from it. */
export const statusArguments = ["status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching", "--ignore-submodules=none"] as const;

/** `prefix` is put before every path. */
export function readStatus(text: string, prefix = ""): TreeStatus {
  const entries = text.split("\0").filter((entry) => entry !== "");
  const ignored = entries.filter((entry) => entry.startsWith("! ")).map((entry) => prefix + entry.slice(2));
  return { changes: entries.flatMap((entry) => changesOf(entry, prefix)), ignored };
}

const fieldsBeforePath: Readonly<Record<string, number>> = { "1": 8, u: 10 };

function changesOf(entry: string, prefix: string): readonly Loss[] {
  const sign = entry[0] ?? "";
  if (sign === "?") return [{ kind: "untracked", what: prefix + entry.slice(2) }];
  const before = fieldsBeforePath[sign];
  if (before === undefined) return [];
  const fields = entry.split(" ");
  const what = prefix + fields.slice(before).join(" ");
  if (sign === "u") return [{ kind: "conflicted", what }];
  const [staged = ".", unstaged = "."] = fields[1] ?? "";
  const kinds: readonly LossKind[] = [...(staged === "." ? [] : ["staged" as const]), ...(unstaged === "." ? [] : [unstaged === "D" ? ("deleted" as const) : ("modified" as const)])];
  return kinds.map((kind) => ({ kind, what }));
}

/** What programs make again by themselves: not worth saving, however large. */
const remade = new Set([
  "node_modules", "bower_components", ".venv", "venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox", ".eggs", "target", "dist", "build", "out",
  ".next", ".nuxt", ".svelte-kit", ".turbo", ".parcel-cache", ".cache", ".vite", ".gradle", ".terraform", "coverage", ".nyc_output", ".DS_Store",
]);

/** Whether an ignored path is made again by whoever made it: dependencies, builds, caches. */
export function isRemade(path: string): boolean {
  return path.split("/").some((name) => remade.has(name) || /\.(?:pyc|pyo|tsbuildinfo|egg-info)$/.test(name));
}

/** Entries of `git ls-files -v -s -z` that git was told not to look at: skip-worktree, or assume-unchanged (a small letter). */
export function unseenEntries(text: string): readonly { readonly path: string; readonly id: string }[] {
  return text.split("\0").flatMap((entry) => {
    const [, tag = "", id = "", path = ""] = /^(\S) \d+ ([0-9a-f]+) \d\t(.+)$/s.exec(entry) ?? [];
    return path !== "" && (tag === "S" || /[a-z]/.test(tag)) ? [{ path, id }] : [];
  });
}

/** Paths of submodules in the same list. */
export function submodulePaths(text: string): readonly string[] {
  return text.split("\0").flatMap((entry) => /^\S 160000 [0-9a-f]+ 0\t(.+)$/s.exec(entry)?.[1] ?? []);
}

/** Lines of `--format=%H%x09%s` as losses. */
export function readCommits(text: string, kind: "commit" | "stash"): readonly Loss[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [id = "", ...subject] = line.split("\t");
    return { kind, what: subject.join("\t"), id };
  });
}

/** Stashes made on this branch; on no branch, where HEAD is detached. */
export function stashesOf(stashes: readonly Loss[], branch: string | undefined): readonly Loss[] {
  const places = branch === undefined ? ["WIP on (no branch):", "On (no branch):"] : [`WIP on ${branch}:`, `On ${branch}:`];
  return stashes.filter(({ what }) => places.some((place) => what.startsWith(place)));
}
