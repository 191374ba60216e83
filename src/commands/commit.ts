/** `commit`: commits what the checkouts of projects hold. */
import { join, resolve } from "node:path";
import type { CommandInput } from "../cli/command.ts";
import type { CommitReport } from "../contracts/action-reports.ts";
import { UserError } from "../model/failure.ts";
import { actionBody } from "./project-action.ts";
import { textFlag } from "./targets.ts";

type Result = NonNullable<CommitReport["projects"][number]["result"]>;

export const body = actionBody<"commit", Result>({
  name: "commit",
  timeoutMs: 10 * 60_000,
  atOnce: 4,
  needsGit: true,
  takesWords: true,
  check: (_, input) => checkMessage(input),
  artifacts: (project, _, runtime) => join(runtime.scope.root, "actions", project),
  work: async ({ actions, place, input }) => {
    const outcome = await actions.commit({ ...messageSource(input), pushes: input.flags["push"] === true }, place);
    return { branch: outcome.branch, sha: outcome.sha ?? null, files: [...outcome.files], left_out: [...outcome.leftOut], pushed_to: outcome.pushedTo ?? null };
  },
  troubles: () => [],
  heading: ["BRANCH", "COMMIT", "FILES", "PUSHED"],
  cells: ({ branch, sha, files, pushed_to }) => [branch, sha?.slice(0, 10) ?? "nothing to commit", String(files.length), pushed_to ?? "no"],
  details: ({ left_out }) => (left_out.length === 0 ? [] : [`left out: ${left_out.join(", ")}`]),
});

/** Throws a UserError when both ways are used. */
export function checkMessage({ flags }: Pick<CommandInput, "flags">): void {
  if (flags["message"] !== undefined && flags["message-file"] !== undefined) throw new UserError({ reason: "usage_invalid", message: "-m and --message-file exclude each other", hint: "keep one of them" });
}

/** What was said about the message; a file is relative to where the caller stands. */
export function messageSource({ flags }: Pick<CommandInput, "flags">): { readonly message?: string; readonly messageFile?: string } {
  const [message, file] = [textFlag(flags, "message"), textFlag(flags, "message-file")];
  return { ...(message === undefined ? {} : { message }), ...(file === undefined ? {} : { messageFile: resolve(file) }) };
}
