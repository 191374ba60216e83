/** Pushes a branch to the remote it belongs to. Never forces. */
import { UserError } from "../../model/failure.ts";
import { gitMaybe, type GitPlace } from "../git.ts";
import { loggedStep } from "../logged-step.ts";
import type { ActionPlace } from "../place.ts";

/** The remote's name. */
export async function push(place: ActionPlace, branch: string): Promise<string> {
  const remote = await remoteOf(place, branch);
  place.progress(`pushing ${branch} to ${remote}`);
  await loggedStep({
    title: "the push",
    command: ["git", "push", "--set-upstream", remote, `HEAD:refs/heads/${branch}`],
    hint: `see what ${remote} said; the commits are safe in ${place.root}`,
    hints: [
      [/\[rejected\]|non-fast-forward|fetch first/, `${remote} has commits of ${branch} that are not here: \`git pull --rebase\` and try again; envctl never forces a push`],
      [/Authentication failed|Permission denied|could not read Username/, `log in to ${remote}: git may not ask here`],
    ],
  }, place);
  return remote;
}

/** The branch's own, else `origin`, else the only one. `.` is the repository itself, where a local branch is tracked. */
export async function remoteOf(place: GitPlace, branch: string): Promise<string> {
  const remotes = ((await gitMaybe(place, "remote")) ?? "").split("\n").filter((name) => name !== "");
  for (const key of [`branch.${branch}.pushRemote`, "remote.pushDefault", `branch.${branch}.remote`]) {
    const name = await gitMaybe(place, "config", "--get", key);
    if (name !== undefined && remotes.includes(name)) return name;
  }
  const [only, ...more] = remotes;
  if (remotes.includes("origin")) return "origin";
  if (only !== undefined && more.length === 0) return only;
  throw new UserError({
    reason: "action_failed",
    message: only === undefined ? `${place.root} has no remote to push ${branch} to` : `it is not clear which remote ${branch} belongs to: ${remotes.join(", ")}`,
    hint: only === undefined ? "add one with `git remote add origin URL`" : `say so with \`git config branch.${branch}.remote NAME\``,
  });
}
