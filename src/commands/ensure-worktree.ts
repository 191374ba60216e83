/** `envctl ensure-worktree SELECTOR` and `import BRANCH`: the worktree that is there, or a new one. Starts nothing. */
import type { CommandBody } from "../cli/command.ts";
import type { EnsureWorktreeReport } from "../contracts/worktree-reports.ts";
import { ensuredLines } from "../ui/worktree-lines.ts";
import { allMade, ensuredRowOf, makeOptions } from "./worktree-making.ts";

export const body: CommandBody<EnsureWorktreeReport> = {
  run: async (input, runtime) => {
    const [word = ""] = input.args;
    const [worktrees, options] = await Promise.all([runtime.worktrees(), makeOptions(input, runtime)]);
    const surface = input.command === "import" ? "import" : "ensure-worktree";
    const outcome = await (surface === "import" ? worktrees.importBranch(word, options) : worktrees.ensure([word], options));
    const [made] = allMade(outcome, input.note);
    if (made === undefined) throw new Error("neither a worktree nor a failure came of it");
    return { contract_version: "envctl.ensure_worktree.v1", surface, ok: true, ...ensuredRowOf(made), runtime_started: false, dry_run: options.isDryRun };
  },
  text: (report) => [...ensuredLines(report, report.dry_run), ...(report.dry_run ? [] : [`\`envctl start --project ${report.project_name}\` starts it.`])],
};
