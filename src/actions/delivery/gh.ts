/** GitHub's own program `gh`, as far as it is needed here. https://cli.github.com/manual */
import { onPath } from "../../host/on-path.ts";
import { runProgram, type ProgramResult } from "../../host/run-program.ts";
import { UserError } from "../../model/failure.ts";
import { gitEnvironment } from "../../worktrees/git.ts";
import type { GitPlace } from "../git.ts";

const timeoutMs = 60_000;

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly baseRefName: string;
  readonly headRefOid: string;
}

/** Throws a UserError that says what to do where `gh` is missing or not logged in. */
export async function requireGh(place: GitPlace): Promise<void> {
  if (onPath("gh", place.environment) === undefined) throw new UserError({ reason: "runtime_missing", message: "`gh`, GitHub's program, is not on the PATH", hint: "install it (https://cli.github.com) and log in with `gh auth login`; or open the pull request on the web after `envctl commit --push`" });
  const { code, stdout, stderr } = await gh(place, ["auth", "status"]);
  if (code !== 0) throw new UserError({ reason: "action_failed", message: `gh is not logged in: ${firstLine(stderr) || firstLine(stdout)}`, hint: "log in with `gh auth login`, or set GH_TOKEN" });
}

/** What gh answers, whatever its exit code. Throws a UserError when it does not end by itself. */
export async function gh(place: GitPlace, args: readonly string[], input?: string): Promise<ProgramResult> {
  const environment = { ...gitEnvironment(place.environment), GH_PROMPT_DISABLED: "1", GH_NO_UPDATE_NOTIFIER: "1", NO_COLOR: "1" };
  const result = await runProgram(["gh", ...args], { directory: place.root, environment, timeoutMs, signal: place.signal, ...(input === undefined ? {} : { input }) });
  if (result.code === undefined) throw new UserError({ reason: "action_failed", message: `gh ${args.slice(0, 2).join(" ")} did not end by itself: ${result.trouble ?? ""}`, hint: "see whether the network and https://www.githubstatus.com are fine" });
  return result;
}

/** The open pull request of a branch; undefined when there is none. */
export async function openPullRequest(place: GitPlace, branch: string): Promise<PullRequest | undefined> {
  const found = await ghJson(place, ["pr", "list", "--head", branch, "--state", "open", "--limit", "1", "--json", "number,url,baseRefName,headRefOid"]);
  const [first] = Array.isArray(found) ? found : [];
  return pullRequestIn(first);
}

/** The parsed answer. Throws a UserError when gh fails. */
export async function ghJson(place: GitPlace, args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await gh(place, args);
  if (code !== 0) throw new UserError({ reason: "action_failed", message: `gh ${args.slice(0, 2).join(" ")} failed: ${firstLine(stderr) || firstLine(stdout)}`, hint: "run it by hand to see more" });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new UserError({ reason: "action_failed", message: `gh ${args.slice(0, 2).join(" ")} did not answer with JSON: ${firstLine(stdout)}`, hint: "update gh to 2.40 or newer" });
  }
}

function pullRequestIn(value: unknown): PullRequest | undefined {
  if (typeof value !== "object" || value === null || !("number" in value) || !("url" in value) || typeof value.number !== "number" || typeof value.url !== "string") return undefined;
  const text = (key: string): string => String(Reflect.get(value, key) ?? "");
  return { number: value.number, url: value.url, baseRefName: text("baseRefName"), headRefOid: text("headRefOid") };
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
