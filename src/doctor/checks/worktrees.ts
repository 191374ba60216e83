/** Worktrees as git has them: deleted ones it still knows, and work that is nowhere else. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { onPath } from "../../host/on-path.ts";
import type { ProjectFact } from "../../model/facts.ts";
import { isUp } from "../../model/lifecycle.ts";
import { pass, type Check, type Remark, type World } from "../check.ts";
import { counted } from "../words.ts";

const mostLookedAt = 24;

export const worktreesCheck: Check = {
  id: "worktrees",
  title: "Worktrees",
  gates: [],
  run: async (world) => {
    const troubles = [...deleted(world), ...orphanedProjects(world)];
    if (troubles.length > 0) return troubles;
    const projects = (await world.projects()).slice(0, mostLookedAt);
    if (world.checkout.gitDirectory === undefined || onPath("git", world.host.environment) === undefined) return pass("not a git repository");
    const works = await Promise.all(projects.map((project) => workOf(project, world)));
    const [dirty, unpushed] = [works.filter((work) => work.changed > 0), works.filter((work) => work.ahead > 0)];
    return pass([
      counted(projects.length, "checkout"),
      ...(dirty.length === 0 ? [] : [`changes not committed in ${dirty.map(({ name }) => name).join(", ")}`]),
      ...(unpushed.length === 0 ? [] : [`commits not pushed in ${unpushed.map(({ name }) => name).join(", ")}`]),
    ].join("; "));
  },
};

/** Git's own note of a worktree leads nowhere; one on a disk that comes and goes is locked. */
function deleted({ checkout, host }: World): readonly Remark[] {
  const { gitDirectory, repository } = checkout;
  const directory = join(gitDirectory ?? "/nonexistent", "worktrees");
  const gone = (existsSync(directory) ? readdirSync(directory) : []).filter((id) => existsSync(join(directory, id, "gitdir")) && !existsSync(join(directory, id, "locked")) && !existsSync(pointerOf(join(directory, id))));
  if (gone.length === 0) return [];
  const command = ["git", "-C", repository, "worktree", "prune"];
  const apply = async (): Promise<void> => void (await host.runProgram(command, { timeoutMs: 5000, environment: host.environment }));
  const names = gone.map((id) => dirname(pointerOf(join(directory, id)))).join(", ");
  return [{ status: "warn", detail: `git still knows ${counted(gone.length, "worktree")} whose directory is gone: ${names}`, hint: `\`${command.join(" ")}\``, fix: { about: "let git forget them; branches stay", apply } }];
}

function pointerOf(directory: string): string {
  return resolve(directory, readFileSync(join(directory, "gitdir"), "utf8").trim());
}

/** What runs for a directory that is no more. */
function orphanedProjects({ repository }: World): readonly Remark[] {
  const state = repository.latest()?.state;
  const gone = Object.values(state?.projects ?? {}).filter(({ root }) => root !== "" && !existsSync(root));
  return gone.filter(({ name }) => Object.values(state?.units ?? {}).some(({ spec, life }) => spec.project === name && isUp(life))).map(({ name, root }): Remark => ({
    status: "warn",
    detail: `units of ${name} run, though its directory is gone: ${root}`,
    hint: `\`envctl stop --project ${name}\``,
  }));
}

interface Work {
  readonly name: string;
  /** Files that differ from the last commit. */
  readonly changed: number;
  /** Commits that its upstream does not have. */
  readonly ahead: number;
}

async function workOf({ name, root }: ProjectFact, { host }: World): Promise<Work> {
  const { stdout } = await host.runProgram(["git", "-C", root, "status", "--porcelain=v2", "--branch", "--untracked-files=normal"], { timeoutMs: 700, environment: { ...host.environment, GIT_OPTIONAL_LOCKS: "0" } });
  const lines = stdout.split("\n");
  const ahead = Number(lines.map((line) => /^# branch\.ab \+(\d+)/.exec(line)?.[1]).find((count) => count !== undefined) ?? 0);
  return { name, changed: lines.filter((line) => line !== "" && !line.startsWith("#")).length, ahead };
}
