/**
 * Saves what a worktree alone holds, before it goes: commits, staged content and stashes in a git bundle, files in a tar archive.
 * Whatever of it fails, nothing may be deleted.
 */
import { copyFileSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory, writeAtomic } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import type { Rescue } from "../model/worktrees.ts";
import type { Git } from "./git.ts";
import type { InspectedTree, Inspection } from "./inspect.ts";

export interface RescuePlace {
  readonly host: Host;
  readonly git: Git;
  /** A directory that is not there yet. */
  readonly into: string;
  readonly root: string;
  readonly branch: string | undefined;
  readonly isGone: boolean;
  /** Its branch goes too. */
  readonly withBranch: boolean;
  /** Told in the note beside what is saved. */
  readonly projectName: string;
  readonly createdAt: string;
}

const timeoutMs = 10 * 60_000;

/** Undefined when there is nothing to save. Throws a UserError, leaving nothing half made, when it cannot be saved whole. */
export async function rescue(inspection: Inspection, place: RescuePlace): Promise<Rescue | undefined> {
  const trees = inspection.trees.filter(({ losses, kept, forgotten }) => losses.length + kept.length + forgotten.length > 0);
  if (trees.length === 0) return undefined;
  try {
    makeDirectory(place.into);
    for (const tree of trees) await rescueTree(tree, place);
    const files = readdirSync(place.into).sort();
    const restore = restoreCommands(trees, files, place);
    const { projectName, root, branch, createdAt, into } = place;
    writeAtomic(join(into, "note.json"), `${JSON.stringify({ schema_version: 1, project: projectName, root, branch: branch ?? null, created_at: createdAt, losses: inspection.losses, restore }, null, 2)}\n`);
    return { directory: into, files: [...files, "note.json"], restore };
  } catch (error) {
    rmSync(place.into, { recursive: true, force: true });
    if (error instanceof UserError) throw notSaved(place, error.message);
    throw notSaved(place, error instanceof Error ? error.message : String(error));
  }
}

function notSaved({ root, into }: RescuePlace, why: string): UserError {
  return new UserError({ reason: "work_at_risk", message: `what ${root} holds could not be saved in ${into}: ${why}`, hint: "nothing was deleted; make room or mend what is in the way, and try again" });
}

async function rescueTree(tree: InspectedTree, place: RescuePlace): Promise<void> {
  await bundle(tree, place, join(place.into, fileName(tree, "commits.bundle")));
  if (!place.isGone) await archive(tree, place, join(place.into, fileName(tree, "files.tar")));
}

/** A submodule's files have its path before their name. */
function fileName(tree: InspectedTree, name: string): string {
  return tree.prefix === "" ? name : `${tree.prefix.replaceAll("/", "__")}${name}`;
}

/** What is in git, or only in its index. Everything else is in files. */
const bundledKinds = new Set(["commit", "stash", "staged", "conflicted", "operation"]);

/** Tips get names for the time of bundling only: a bundle holds nothing that has no name. */
async function bundle(tree: InspectedTree, { git, into }: RescuePlace, file: string): Promise<void> {
  if (tree.forgotten.length === 0 && !tree.losses.some(({ kind }) => bundledKinds.has(kind))) return;
  const tips = await tipsOf(tree, git, into);
  const names = Object.keys(tips);
  if (names.length === 0) return;
  const { directory } = tree;
  const update = (line: (name: string) => string): Promise<string> => git.text(directory, ["update-ref", "--stdin", "-z"], { input: names.map(line).join("") });
  await update((name) => `update ${name}\0${tips[name] ?? ""}\0\0`);
  try {
    const isSomewhere = (await git.text(directory, ["rev-list", "--max-count=1", ...names, "--not", "--remotes", "--"])) === "";
    if (!isSomewhere) await git.text(directory, ["bundle", "create", file, ...names, "--not", "--remotes"], { timeoutMs });
  } finally {
    await update((name) => `delete ${name}\0\0`);
  }
  if (existsSync(file)) await git.text(directory, ["bundle", "verify", file], { timeoutMs });
}

const rescued = "refs/rescued";

async function tipsOf(tree: InspectedTree, git: Git, into: string): Promise<Readonly<Record<string, string>>> {
  const stashes = tree.losses.filter(({ kind }) => kind === "stash");
  const index = await indexCommit(tree, git, into);
  return {
    ...(tree.head === undefined ? {} : { [`${rescued}/head`]: tree.head }),
    ...(index === undefined ? {} : { [`${rescued}/index`]: index }),
    ...numbered("stash", stashes.flatMap(({ id }) => id ?? [])),
    ...numbered("forgotten", tree.forgotten),
    ...numbered("operation", await operationHeads(tree, git)),
    ...numbered("branch", tree.prefix === "" ? [] : (await git.text(tree.directory, ["for-each-ref", "--format=%(objectname)", "refs/heads"])).split("\n").filter((id) => id !== "")),
  };
}

function numbered(name: string, ids: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries([...new Set(ids)].map((id, index) => [`${rescued}/${name}-${index}`, id]));
}

/** What `--autostash` put aside has no name that git would resolve until the operation has ended. */
const autostashes = ["MERGE_AUTOSTASH", "rebase-merge/autostash", "rebase-apply/autostash"];

async function operationHeads({ directory, gitDirectory }: InspectedTree, git: Git): Promise<readonly string[]> {
  const aside = autostashes.map((name) => join(gitDirectory, name)).filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8").trim());
  const results = await Promise.all(["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "ORIG_HEAD"].map((name) => git.run(directory, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`])));
  return [...results.flatMap(({ code, stdout }) => (code === 0 ? [stdout.trim()] : [])), ...aside];
}

const author = { GIT_AUTHOR_NAME: "envctl", GIT_AUTHOR_EMAIL: "envctl@localhost", GIT_COMMITTER_NAME: "envctl", GIT_COMMITTER_EMAIL: "envctl@localhost" };

/** What is staged, as a commit; made over a copy of the index, without paths in conflict, which have no one content. */
async function indexCommit({ directory, losses, head }: InspectedTree, git: Git, into: string): Promise<string | undefined> {
  if (!losses.some(({ kind }) => kind === "staged")) return undefined;
  const index = join((await git.text(directory, ["rev-parse", "--absolute-git-dir"])).trim(), "index");
  const copy = join(into, "index.tmp");
  copyFileSync(index, copy);
  try {
    const environment = { ...author, GIT_INDEX_FILE: copy };
    const conflicts = await git.text(directory, ["diff-index", "--cached", "--name-only", "--diff-filter=U", "-z", head ?? emptyTree], { environment });
    if (conflicts !== "") await git.text(directory, ["update-index", "-z", "--force-remove", "--stdin"], { environment, input: conflicts });
    const tree = (await git.text(directory, ["write-tree"], { environment })).trim();
    const parent = head === undefined ? [] : ["-p", head];
    return (await git.text(directory, ["commit-tree", tree, ...parent, "-m", "What was staged"], { environment })).trim();
  } finally {
    rmSync(copy, { force: true });
  }
}

/** Known to every git with sha1 objects. */
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

const fileKinds = new Set(["staged", "modified", "conflicted", "untracked", "hidden"]);

/** Files as they lie there, whole directories with all they hold. Links are kept as links. */
async function archive(tree: InspectedTree, { host }: RescuePlace, file: string): Promise<void> {
  const named = tree.losses.filter(({ kind }) => fileKinds.has(kind)).map(({ what }) => what.slice(tree.prefix.length));
  const paths = [...new Set([...named, ...tree.kept])].filter((path) => lstatSync(join(tree.directory, path), { throwIfNoEntry: false }) !== undefined);
  if (paths.length === 0) return;
  const input = paths.map((path) => `./${path}\0`).join("");
  const result = await host.runProgram(["tar", "-cf", file, "--null", "-T", "-"], { directory: tree.directory, environment: { PATH: host.environment["PATH"], LC_ALL: "C" }, timeoutMs, input });
  if (result.code !== 0) throw new UserError({ reason: "work_at_risk", message: result.trouble ?? result.stderr.split("\n")[0] ?? "tar failed" });
}

function restoreCommands(trees: readonly InspectedTree[], files: readonly string[], { root, branch, into, withBranch }: RescuePlace): readonly string[] {
  const bundles = files.filter((name) => name.endsWith("commits.bundle")).map((name) => `git fetch ${quoted(join(into, name))} '+refs/rescued/*:refs/rescued/*'`);
  const head = trees.find(({ prefix }) => prefix === "")?.head;
  const isStaged = trees.some(({ prefix, losses }) => prefix === "" && losses.some(({ kind }) => kind === "staged"));
  const archives = trees.map((tree) => ({ name: fileName(tree, "files.tar"), to: join(root, tree.prefix) })).filter(({ name }) => files.includes(name));
  return [
    ...bundles,
    ...(branch === undefined || !withBranch || head === undefined ? [] : [`git branch ${quoted(branch)} ${head}`]),
    branch === undefined ? `git worktree add --detach ${quoted(root)} ${head ?? "HEAD"}` : `git worktree add ${quoted(root)} ${quoted(branch)}`,
    ...(isStaged ? [`git -C ${quoted(root)} read-tree refs/rescued/index`] : []),
    ...archives.map(({ name, to }) => `tar -xf ${quoted(join(into, name))} -C ${quoted(to)}`),
  ];
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
