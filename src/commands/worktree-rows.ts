/** Rows of the table about worktrees and plans. */
import type { CommandSpec, FlagSpec } from "../cli/command.ts";
import { dryRunFlag, layerFlags, projectFlag } from "../cli/global-flags.ts";

const pathFlag = { name: "path", value: "LAYOUT", about: "Where it is made, as `worktrees.path` says it: `trees/{feature}/{n}`." } as const;
const dryRun = { ...dryRunFlag, about: "Show what would be made and do nothing." } as const;
const deletionFlags = [
  { name: "force", about: "Also where work would be lost: all of it is saved in a bundle first." },
  { name: "branch", about: "Delete its branch too; without --force only one whose commits are elsewhere." },
  { name: "data", about: "Delete its data and snapshots too." },
  { ...dryRunFlag, about: "Show what would be lost and do nothing." },
] as const;

/** For what starts projects. */
export const setupFlags: readonly FlagSpec[] = [
  { name: "setup-worktrees", value: "FEATURE N", many: true, keepsCommas: true, about: "See to it that worktrees 1 to N of a feature are there, and start them." },
  { name: "setup-worktree", value: "FEATURE I", many: true, keepsCommas: true, about: "The same for number I alone." },
  { name: "include-existing-worktrees", value: "NAME", many: true, aliases: ["setup-include-worktrees"], about: "Start these as well." },
];

export const worktreeRows: readonly CommandSpec[] = [
  {
    name: "plan", aliases: ["parallel-plan"], family: "worktrees", needs: "config", streams: true,
    about: "Make worktrees for plan files, each with its plan as MAIN_TASK.md, and start them. Asks which where none is named.",
    args: [{ name: "SEL", about: "`alpha`, `features/alpha`, a path or a pattern; `alpha=2` for exactly two worktrees, `alpha=0` to finish it.", many: true }],
    flags: [
      { ...dryRunFlag, about: "Show what would be made and deleted, and do nothing." },
      { name: "keep-plan", about: "A finished plan file stays where it is." },
      { name: "parallel-trees-max", value: "N", about: "Start so many worktrees at once; all unless given." },
      { name: "base", value: "REF", about: "Where new branches begin; what Main is on unless given." },
      { name: "force", about: "With =N: delete worktrees also where work would be lost; all of it is saved first." },
      { name: "no-wait", about: "Fail at once, with exit code 3, while something else is being carried out." },
      ...layerFlags,
    ],
    examples: ["envctl plan", "envctl plan features/login fixes/*", "envctl plan login=3 --dry-run", "envctl plan login=0"],
    load: async () => (await import("./plan.ts")).body,
  },
  {
    name: "ensure-worktree", family: "worktrees", needs: "repository",
    about: "Make a worktree with a branch of its own, or find the one that is there. Nothing is started.",
    args: [{ name: "SELECTOR", about: "`<feature>-<n>`, or `<feature>` for its first.", isRequired: true }],
    flags: [
      { name: "base", value: "REF", about: "Where a new branch begins; what Main is on unless given." }, pathFlag,
      { name: "recreate", aliases: ["recreate-existing-worktree", "setup-worktree-recreate"], about: "Delete it, as delete-worktree would, and make it again; the branch stays as it is." },
      { name: "force", about: "With --recreate: also where work would be lost; all of it is saved first." },
      dryRun, ...layerFlags,
    ],
    examples: ["envctl ensure-worktree login", "envctl ensure-worktree login-2 --base origin/main"],
    load: async () => (await import("./ensure-worktree.ts")).body,
  },
  {
    name: "import", family: "worktrees", needs: "repository",
    about: "Make a worktree for a branch that exists, here or on a remote. Nothing is started.",
    args: [{ name: "BRANCH", about: "`topic`, or `origin/topic`.", isRequired: true }],
    flags: [pathFlag, dryRun, ...layerFlags], examples: ["envctl import origin/search"],
    load: async () => (await import("./ensure-worktree.ts")).body,
  },
  {
    name: "delete-worktree", family: "worktrees", needs: "repository", isDestructive: true,
    about: "End what runs in worktrees and delete them; one that holds work which is nowhere else stays.",
    args: [{ name: "NAME", about: "Names of worktrees, or their branches.", many: true }],
    flags: [projectFlag, { name: "all", about: "Every worktree." }, ...deletionFlags],
    examples: ["envctl delete-worktree login-1", "envctl delete-worktree login-1 --dry-run", "envctl delete-worktree login-1 --force --branch --data"],
    load: async () => (await import("./delete-worktree.ts")).body,
  },
  {
    name: "self-destruct-worktree", family: "worktrees", needs: "repository", isDestructive: true,
    about: "The same for the worktree you stand in.", flags: deletionFlags,
    load: async () => (await import("./delete-worktree.ts")).body,
  },
];
