/** Title and body of a pull request. Pure. */
import { taskHeading } from "./commit-message.ts";
import type { Commit } from "./review.ts";

/** GitHub takes 65,536 characters. */
const longestBody = 48_000;

export interface PullRequestText {
  readonly title: string;
  readonly body: string;
}

/** The wish, else the heading of MAIN_TASK.md, else the last commit; below it the task and the commits. */
export function pullRequestText(commits: readonly Commit[], mainTask: string | undefined, title: string | undefined): PullRequestText {
  const list = commits.map(({ subject }) => `- ${subject}`).join("\n");
  const parts = [...(mainTask === undefined ? [] : [mainTask.trim()]), ...(list === "" ? [] : [`## Commits\n\n${list}`])];
  const body = parts.join("\n\n");
  return {
    title: (title ?? taskHeading(mainTask ?? "") ?? commits.at(-1)?.subject ?? "").slice(0, 250),
    body: body.length <= longestBody ? body : `${body.slice(0, longestBody - 2)}\n…`,
  };
}
