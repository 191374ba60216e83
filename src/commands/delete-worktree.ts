/** `envctl delete-worktree` and `self-destruct-worktree`: ends what runs in worktrees, then deletes them, unless work would be lost. */
import { isAbsolute } from "node:path";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { DeletedRow, DeleteWorktreeReport } from "../contracts/worktree-reports.ts";
import { exitCodes, UserError, type Failure } from "../model/failure.ts";
import { isUp } from "../model/lifecycle.ts";
import { unitIdOf } from "../model/unit.ts";
import { workAtRisk, type RemovedWorktree, type WorktreeStake } from "../model/worktrees.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { Worktrees } from "../worktrees/worktrees.ts";
import { deletedLines } from "../ui/worktree-lines.ts";
import { borrowedDatabases, dropBorrowed, type BorrowedDatabase } from "./borrowed-databases.ts";
import { intentOf } from "./intent.ts";
import { listFlag } from "./targets.ts";

export const body: CommandBody<DeleteWorktreeReport> = {
  run: async (input, runtime) => {
    const worktrees = await runtime.worktrees();
    const words = await wantedWords(input, runtime);
    return deletionReport(words, { worktrees, input, runtime });
  },
  text: (report) => report.worktrees.flatMap((row) => deletedLines(row, report.dry_run)),
  exit: (report) => (report.ok ? exitCodes.ok : exitCodes.failure),
};

/** Deletes those named as far as nothing is lost, also the data of those that are gone, as the flags say. */
export async function deletionReport(words: readonly string[], deletion: Deletion): Promise<DeleteWorktreeReport> {
  const { input } = deletion;
  const left = await onlyDataLeft(words, deletion);
  const { rows, borrowed } = await deleted(words.filter((word) => !left.includes(word)), deletion);
  const onlyData = left.map((name): RemovedRow => ({ projectName: name, isGone: true, losses: [], removed: false, branchRemoved: false }));
  const all = [];
  for (const one of [...rows, ...onlyData]) all.push(await rowOf(one, borrowed.filter(({ project }) => project === one.projectName), deletion));
  return { contract_version: "envctl.delete_worktree.v1", ok: all.every(({ failure }) => failure === null), dry_run: input.flags["dry-run"] === true, worktrees: all };
}

/** Names among the words of worktrees that are gone, but for their data. */
async function onlyDataLeft(words: readonly string[], { worktrees, runtime }: Deletion): Promise<readonly string[]> {
  const { gone, data } = worktrees.leftovers();
  const known = [...(await runtime.discoverProjects()), ...gone].map(({ name }) => name);
  const unknown = [...new Set(words)].filter((word) => !known.includes(word));
  const volumes = await Promise.all(unknown.map(async (word) => (data.includes(word) ? true : hasVolumes(await runtime.volumesOf(word, false)))));
  return unknown.filter((_word, index) => volumes[index]);
}

/** Those of an engine that does not answer are not known to be gone. */
function hasVolumes({ volumes, failure }: Awaited<ReturnType<EngineRuntime["volumesOf"]>>): boolean {
  return volumes.length > 0 || failure !== undefined;
}

export interface Deletion {
  readonly worktrees: Worktrees;
  readonly input: CommandInput;
  readonly runtime: EngineRuntime;
}

/** Without a root: only its data are left. */
type RemovedRow = Omit<RemovedWorktree, "root"> & { readonly root?: string };

/** Those named; `self-destruct-worktree` means the one the caller stands in. */
async function wantedWords(input: CommandInput, runtime: EngineRuntime): Promise<readonly string[]> {
  const projects = await runtime.discoverProjects();
  const here = projects.find(({ root, isMain }) => root === runtime.checkout.projectRoot && !isMain);
  if (input.command === "self-destruct-worktree") {
    if (here !== undefined) return [here.name];
    throw new UserError({ reason: "usage_invalid", message: `${runtime.checkout.projectRoot} is the main checkout, which is never deleted`, hint: "stand in a worktree, or name one: `envctl delete-worktree NAME`" });
  }
  const named = [...input.args, ...listFlag(input.flags, "project")];
  if (input.flags["all"] === true) return [...new Set([...projects.filter(({ isMain }) => !isMain).map(({ name }) => name), ...named])];
  if (named.length > 0) return [...new Set(named)];
  throw new UserError({ reason: "usage_invalid", message: "delete-worktree needs the name of a worktree", hint: `one or more of: ${projects.filter(({ isMain }) => !isMain).map(({ name }) => name).join(", ") || "none, there are no worktrees"}; or --all` });
}

/** What holds work is left alone before anything is stopped; then once more after it, since services write as they end. */
async function deleted(words: readonly string[], deletion: Deletion): Promise<{ readonly rows: readonly RemovedRow[]; readonly borrowed: readonly BorrowedDatabase[] }> {
  const { worktrees, input, runtime } = deletion;
  const isForced = input.flags["force"] === true;
  const stakes = words.length === 0 ? [] : await worktrees.stakes(words);
  const free = stakes.filter((one) => !stays(one, isForced));
  const refused = stakes.filter((one) => stays(one, isForced)).map((one) => ({ ...one, removed: false, branchRemoved: false, failure: one.refusal ?? workAtRisk(one) }));
  // Read while its checkout, and so its configuration, is there.
  const borrowed = input.flags["data"] === true ? (await Promise.all(free.map((one) => borrowedDatabases(one, runtime)))).flat() : [];
  const untouched = free.map((one) => ({ ...one, removed: false, branchRemoved: false }));
  if (input.flags["dry-run"] === true) return { rows: [...refused, ...untouched], borrowed };
  const troubles = await stopTroubles(free.map(({ projectName }) => projectName), deletion);
  const still = untouched.flatMap((one) => { const failure = troubles.get(one.projectName); return failure === undefined ? [] : [{ ...one, failure }]; });
  const down = free.filter(({ projectName }) => !troubles.has(projectName));
  // A program cannot be run from a directory that is gone.
  if (down.length > 0) process.chdir(runtime.checkout.repository);
  const removed = down.length === 0 ? [] : await worktrees.remove(down.map(({ projectName }) => projectName), { force: isForced, withBranch: input.flags["branch"] === true }, input.signal);
  return { rows: [...removed, ...refused, ...still], borrowed };
}

/** Whether a deletion would refuse it. */
export function stays({ refusal, losses }: WorktreeStake, isForced: boolean): boolean {
  return refusal !== undefined || (losses.length > 0 && !isForced);
}

/** Why what runs in projects did not end, by project: of those in which something is up, and of all where nothing says in which. */
async function stopTroubles(names: readonly string[], deletion: Deletion): Promise<ReadonlyMap<string, Failure>> {
  const trouble = await stopped(names, deletion);
  if (trouble === undefined) return new Map();
  const units = Object.values(deletion.runtime.repository.latest()?.state.units ?? {});
  const up = names.filter((name) => units.some(({ spec, life }) => spec.project === name && isUp(life)));
  return new Map((up.length === 0 ? names : up).map((name) => [name, trouble]));
}

/** Ends what runs in projects; why it did not end. Asks the daemon only where units of theirs may run. */
export async function stopped(names: readonly string[], { input, runtime }: Pick<Deletion, "input" | "runtime">): Promise<Failure | undefined> {
  const state = runtime.repository.latest()?.state;
  const units = Object.values(state?.units ?? {}).filter(({ spec }) => names.includes(spec.project));
  const projects = [...new Set(units.map(({ spec }) => spec.project))];
  if (state === undefined || state.stoppedAt !== undefined || projects.length === 0) return undefined;
  const flags = { ...input.flags, project: projects };
  const report = await (await runtime.control()).submit(intentOf("stop", { ...input, flags }, runtime), input.signal);
  if (report.ok) return undefined;
  return report.failures[0] ?? { reason: "stop_failed", message: `what runs in ${projects.join(", ")} did not end`, hint: "nothing was deleted; `envctl blast-worktree NAME` ends it in any case" };
}

async function rowOf(one: RemovedRow, borrowed: readonly BorrowedDatabase[], { worktrees, input, runtime }: Deletion): Promise<DeletedRow> {
  const isLeftover = one.root === undefined;
  const isMeant = input.flags["data"] === true && input.flags["dry-run"] !== true && (one.removed || isLeftover);
  const kept = await keptData(one.projectName, isMeant, runtime);
  const goes = kept !== undefined && isMeant;
  const trouble = goes && kept.failure === undefined ? worktrees.removeData(one.projectName) : undefined;
  const databases = await Promise.all(borrowed.map(async (each) => ({ each, failure: one.removed ? await dropBorrowed(each, input, runtime) : undefined })));
  const failure = one.failure ?? (isMeant ? kept?.failure : undefined) ?? (trouble === undefined ? databases.find((each) => each.failure !== undefined)?.failure : { reason: "state_unwritable" as const, message: trouble });
  return {
    project_name: one.projectName,
    worktree_root: one.root ?? null,
    branch_name: one.branch ?? null,
    is_gone: one.isGone,
    removed: one.removed,
    branch_removed: one.branchRemoved,
    losses: one.losses.map((loss) => ({ ...loss })),
    rescue: one.rescue === undefined ? null : { directory: one.rescue.directory, files: [...one.rescue.files], restore: [...one.rescue.restore] },
    data: kept === undefined ? null : { bytes: kept.bytes, volumes: [...kept.volumes], removed: goes && kept.failure === undefined && trouble === undefined },
    databases: databases.map(({ each, failure: why }) => ({ server: unitIdOf("Main", each.requirement), name: each.database, removed: one.removed && why === undefined })),
    failure: failure ?? null,
  };
}

interface KeptData {
  readonly bytes: number;
  readonly volumes: readonly string[];
  readonly failure?: Failure;
}

/** What a project has in directories and in volumes; undefined for nothing. The volumes are deleted where that is asked for. */
async function keptData(project: string, remove: boolean, runtime: EngineRuntime): Promise<KeptData | undefined> {
  const rows = await runtime.dataOf([project]);
  const { volumes, failure } = await runtime.volumesOf(project, remove);
  if (rows.length === 0 && volumes.length === 0 && (failure === undefined || !remove)) return undefined;
  const inFiles = rows.flatMap(({ directory, bytes, snapshots }) => [isAbsolute(directory) ? bytes : 0, ...snapshots.map((one) => (one.volume === undefined ? one.bytes : 0))]);
  const bytes = [...inFiles, ...volumes.map((one) => one.bytes)].reduce((sum, one) => sum + one, 0);
  return { bytes, volumes: volumes.map(({ name }) => name), ...(failure === undefined ? {} : { failure }) };
}
