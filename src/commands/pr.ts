/** `pr`: opens the pull requests of projects. */
import { join } from "node:path";
import type { PrOrder } from "../actions/delivery/pr.ts";
import type { CommandInput } from "../cli/command.ts";
import type { PrReport } from "../contracts/action-reports.ts";
import { actionBody } from "./project-action.ts";
import { textFlag } from "./targets.ts";

type Result = NonNullable<PrReport["projects"][number]["result"]>;

export const body = actionBody<"pr", Result>({
  name: "pr",
  timeoutMs: 10 * 60_000,
  atOnce: 4,
  needsGit: true,
  takesWords: true,
  artifacts: (project, _, runtime) => join(runtime.scope.root, "actions", project),
  work: async ({ actions, place, input }) => {
    const { branch, base, url, isNew, pushedTo } = await actions.pr(prOrder(input), place);
    return { branch, base, url, is_new: isNew, pushed_to: pushedTo };
  },
  troubles: () => [],
  heading: ["BRANCH", "BASE", "PULL REQUEST"],
  cells: ({ branch, base, url, is_new }) => [branch, base, `${url} (${is_new ? "new" : "open already"})`],
});

/** What flags say about a pull request. */
export function prOrder({ flags }: Pick<CommandInput, "flags">): PrOrder {
  const [base, title] = [textFlag(flags, "base"), textFlag(flags, "title")];
  return { ...(base === undefined ? {} : { base }), ...(title === undefined ? {} : { title }), isDraft: flags["draft"] === true };
}
