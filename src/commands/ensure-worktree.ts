/** `envctl ensure-worktree SELECTOR` and `import BRANCH`: the worktree that is there, or a new one. Starts nothing. */
import type { CommandBody } from "../cli/command.ts";
import type { EnsureWorktreeReport } from "../contracts/worktree-reports.ts";
import { UserError } from "../model/failure.ts";
import type { MakeOptions } from "../worktrees/worktrees.ts";
import { ensuredLines } from "../ui/worktree-lines.ts";
import { stays, stopped, type Deletion } from "./delete-worktree.ts";
import { allMade, ensuredRowOf, makeOptions } from "./worktree-making.ts";

export const body: CommandBody<EnsureWorktreeReport> = {
  run: async (input, runtime) => {
    const [word = ""] = input.args;
    const [worktrees, options] = await Promise.all([runtime.worktrees(), makeOptions(input, runtime)]);
    if (options.recreate === true && !options.isDryRun) await emptied(word, options, { worktrees, input, runtime });
    const surface = input.command === "import" ? "import" : "ensure-worktree";
    const outcome = await (surface === "import" ? worktrees.importBranch(word, options) : worktrees.ensure([word], options));
    const [made] = allMade(outcome, input.note);
    if (made === undefined) throw new Error("neither a worktree nor a failure came of it");
    return { contract_version: "envctl.ensure_worktree.v1", surface, ok: true, ...ensuredRowOf(made), runtime_started: false, dry_run: options.isDryRun };
  },
  text: (report) => [...ensuredLines(report, report.dry_run), ...(report.dry_run ? [] : [`\`envctl start --project ${report.project_name}\` starts it.`])],
};

/** What runs in one that is to be made again ends first; one that holds work stays as it is, and what runs in it, too. */
async function emptied(word: string, options: MakeOptions, { worktrees, ...rest }: Deletion): Promise<void> {
  const preview = await worktrees.ensure([word], { ...options, isDryRun: true });
  const former = preview.worktrees.find(({ action }) => action === "recreate");
  const stakes = former === undefined ? [] : await worktrees.stakes([former.root]);
  const names = stakes.filter((one) => !stays(one, options.force === true)).map(({ projectName }) => projectName);
  const trouble = names.length === 0 ? undefined : await stopped(names, rest);
  if (trouble !== undefined) throw new UserError(trouble);
}
