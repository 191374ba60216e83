/** What a worktree was made from, kept inside it; the Python engine's form, which stays readable for it. */
import { mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { readJson, writeAtomic } from "../host/files.ts";

export interface Provenance {
  /** The branch it began on; absent where HEAD was detached. */
  readonly sourceBranch?: string;
  /** The commit it began at, or what was asked for as its base. */
  readonly sourceRef: string;
  readonly reason: "base_flag" | "current_branch" | "existing_branch" | "remote_branch";
  readonly repository: string;
  readonly recordedAt: string;
  /** Relative to the repository. */
  readonly planFile?: string;
  /** Of MAIN_TASK.md as it was written: sha256, in hex. */
  readonly taskHash?: string;
  /** Paths linked to Main's or copied from it. */
  readonly shared: readonly string[];
  /** Which prepare steps had been done in Main by then, by key: what they made may be among what is shared. */
  readonly prepared: Readonly<Record<string, string>>;
}

/** Directory of envctl's own notes inside a worktree. */
export const stateDirectory = ".envctl-state";
/** What a worktree is for, from its plan. */
export const taskFile = "MAIN_TASK.md";

/** Where it is kept. */
export function provenanceFile(root: string): string {
  return join(root, stateDirectory, "worktree-provenance.json");
}

export function writeProvenance(root: string, provenance: Provenance): void {
  const { sourceBranch, sourceRef, reason, repository, recordedAt, planFile, taskHash, shared, prepared } = provenance;
  const path = provenanceFile(root);
  mkdirSync(dirname(path), { recursive: true });
  const text = {
    schema_version: 1, source_branch: sourceBranch ?? null, source_ref: sourceRef, resolution_reason: reason, created_from_repo: repository, recorded_at: recordedAt,
    ...(planFile === undefined ? {} : { plan_file: planFile }), ...(taskHash === undefined ? {} : { task_hash: taskHash }), shared, prepared,
  };
  writeAtomic(path, `${JSON.stringify(text, null, 2)}\n`, 0o644);
}

/** What a worktree has from Main. */
export interface SharedNote {
  readonly shared: readonly string[];
  readonly prepared: Readonly<Record<string, string>>;
  /** Of MAIN_TASK.md as it was written. */
  readonly taskHash: string | undefined;
}

/** Nothing is known of a worktree that envctl did not make. */
export function readShared(root: string): SharedNote {
  const value = readJson(provenanceFile(root));
  if (typeof value !== "object" || value === null) return { shared: [], prepared: {}, taskHash: undefined };
  const [shared, hash]: readonly unknown[] = [Reflect.get(value, "shared"), Reflect.get(value, "task_hash")];
  return { shared: Array.isArray(shared) ? shared.filter((path): path is string => typeof path === "string") : [], prepared: textsIn(Reflect.get(value, "prepared")), taskHash: typeof hash === "string" ? hash : undefined };
}

/** The texts of a parsed object. */
export function textsIn(value: unknown): Readonly<Record<string, string>> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

/**
 * The inputs a prepare step in `directory` was last done with in Main when what it made was shared, by the key of the step there.
 * Undefined where nothing below the directory is shared.
 */
export function sharedPreparation(root: string, repository: string, directory: string, keyIn: (directory: string) => string): string | undefined {
  const { shared, prepared } = readShared(root);
  const isBelow = shared.some((path) => join(root, path).startsWith(`${directory}/`));
  return isBelow ? prepared[keyIn(join(repository, relative(root, directory)))] : undefined;
}
