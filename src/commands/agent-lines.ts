/** How coding agents work with envctl: a section for an AGENTS.md, also what `mcp` tells its clients. */
export const agentLines: readonly string[] = [
  "## Running this repository",
  "",
  "`envctl` runs the apps and databases of every git worktree side by side; each worktree is a project with ports and data of its own.",
  "Commands mean the worktree they are called in; `--project NAME` names others, `--json` prints data, `--headless` never asks.",
  "",
  "- `envctl start --headless` brings everything up and waits until it is ready; it can be called again at any time.",
  "- `envctl status --json` says what runs, `envctl endpoints --json` where. Ports differ from worktree to worktree: look them up, never guess.",
  "- `envctl run --service NAME -- COMMAND` runs a command with that service's variables (DATABASE_URL and the like); `envctl test` runs the tests.",
  "- When something fails: `envctl debug-report --json` (what failed first, why, what to try), `envctl logs --service NAME --tail 100`, `envctl explain NAME`, `envctl doctor`.",
  "- After an edit of `.envctl`: `envctl reload`. A single service: `envctl restart --service NAME`.",
  "- Another branch: `envctl ensure-worktree FEATURE` makes a worktree; work in it, `envctl start` there.",
  "- Before a risky migration: `envctl db snapshot NAME`; back with `envctl db restore NAME`.",
  "- Stop with `envctl stop` when you are done. Do not kill processes, delete containers or edit `.envctl-state` yourself.",
  "- Exit codes: 0 done, 1 failed, 2 interrupted or not found, 3 conflict, 124 out of time. Errors name what to do next.",
];
