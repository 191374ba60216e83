/** Worktrees that were made or deleted, as text. */
import type { DeletedRow, EnsuredRow } from "../contracts/worktree-reports.ts";
import type { Rescue } from "../model/worktrees.ts";
import { failureLines } from "./failure-lines.ts";

const ensureWords: Readonly<Record<EnsuredRow["action"], readonly [string, string]>> = { create: ["made", "would be made"], reuse: ["is there already", "is there already"], recreate: ["made anew", "would be made anew"] };

export function ensuredLines(row: EnsuredRow, isDryRun: boolean): readonly string[] {
  const words = ensureWords[row.action][isDryRun ? 1 : 0];
  const shared = row.shared.length === 0 ? [] : [`  shared with Main: ${row.shared.join(", ")}`];
  return [`${row.project_name} ${words}: ${row.worktree_root}${row.branch_name === null ? "" : ` (branch ${row.branch_name})`}`, ...shared, ...row.notes.map((note) => `  note: ${note}`), ...rescueLines(row.rescue)];
}

const lossWords: Readonly<Record<DeletedRow["losses"][number]["kind"], string>> = {
  staged: "staged", modified: "modified", deleted: "deleted, uncommitted", conflicted: "in conflict", untracked: "untracked",
  hidden: "changed, hidden from git status", commit: "commit nobody else has", stash: "stash", operation: "under way",
};

/** Everything, however long: a person decides by it. */
export function lossLine({ kind, what, id }: DeletedRow["losses"][number]): string {
  return `  ${lossWords[kind].padEnd(24)} ${id === undefined ? "" : `${id.slice(0, 10)} `}${what}`;
}

export function deletedLines(row: DeletedRow, isDryRun: boolean): readonly string[] {
  const branch = row.branch_removed ? ` and its branch ${row.branch_name ?? ""}` : row.branch_name === null ? "" : `; its branch ${row.branch_name} stays`;
  const where = row.worktree_root === null ? "" : `: ${row.worktree_root}`;
  const isOnlyData = row.worktree_root === null;
  const done = isOnlyData ? `${row.project_name} has no worktree any more` : row.removed ? `${row.project_name} ${row.is_gone ? "forgotten, it had been deleted by hand" : "deleted"}${branch}${where}` : `${row.project_name} ${isDryRun && row.failure === null ? "would be deleted" : "stays"}${where}`;
  return [
    done,
    ...row.losses.map(lossLine),
    ...(row.failure === null ? [] : failureLines(row.failure)),
    ...rescueLines(row.rescue),
    ...dataLines(row),
    ...row.databases.map(({ server, name, removed }) => `  its database ${name} on ${server} ${removed ? "is deleted" : isDryRun && row.failure === null ? "would be deleted" : "stays"}`),
  ];
}

function dataLines({ data, removed, worktree_root, project_name }: DeletedRow): readonly string[] {
  if (data === null) return [];
  const volumes = data.volumes.length === 0 ? "" : `, volume ${data.volumes.join(", ")}`;
  const size = `${Math.ceil(data.bytes / 1024 ** 2)} MB${volumes}`;
  if (data.removed) return [`  its data are deleted (${size})`];
  return removed || worktree_root === null ? [`  its data stay (${size}); \`envctl delete-worktree ${project_name} --data\` deletes them`] : [];
}

function rescueLines(rescue: Rescue | null): readonly string[] {
  if (rescue === null) return [];
  return [`  saved in ${rescue.directory}: ${rescue.files.join(", ")}`, "  to get it back, in the repository:", ...rescue.restore.map((line) => `    ${line}`)];
}
