/** What a worktree was made from, kept inside it; the Python engine's form, which stays readable for it. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
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
}

/** Directory of envctl's own notes inside a worktree. */
export const stateDirectory = ".envctl-state";
/** What a worktree is for, from its plan. */
export const taskFile = "MAIN_TASK.md";

const fileOf = (root: string): string => join(root, stateDirectory, "worktree-provenance.json");

export function writeProvenance(root: string, provenance: Provenance): void {
  const { sourceBranch, sourceRef, reason, repository, recordedAt, planFile, taskHash, shared } = provenance;
  const path = fileOf(root);
  mkdirSync(dirname(path), { recursive: true });
  const text = {
    schema_version: 1, source_branch: sourceBranch ?? null, source_ref: sourceRef, resolution_reason: reason, created_from_repo: repository, recorded_at: recordedAt,
    ...(planFile === undefined ? {} : { plan_file: planFile }), ...(taskHash === undefined ? {} : { task_hash: taskHash }), shared,
  };
  writeAtomic(path, `${JSON.stringify(text, null, 2)}\n`, 0o644);
}

/** Paths of a worktree that envctl filled from Main, and the hash of its MAIN_TASK.md. Nothing is known of a foreign worktree. */
export function readShared(root: string): { readonly shared: readonly string[]; readonly taskHash: string | undefined } {
  const value = readJson(fileOf(root));
  if (typeof value !== "object" || value === null) return { shared: [], taskHash: undefined };
  const shared: unknown = Reflect.get(value, "shared");
  const hash: unknown = Reflect.get(value, "task_hash");
  return { shared: Array.isArray(shared) ? shared.filter((path): path is string => typeof path === "string") : [], taskHash: typeof hash === "string" ? hash : undefined };
}
