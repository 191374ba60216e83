/** What git says about checkouts: asked seldom, one at a time, and never in anybody's way. */
import type { GitSummary } from "../../ui/dashboard/world.ts";
import type { DashboardRuntime } from "./dashboard-parts.ts";

const timeoutMs = 20_000;
const leastPauseMs = 30_000;
/** Asking may take this share of the time, however large the repository. */
const share = 1 / 400;

/** Optional locks are left to the person who works there. */
const argv = ["git", "--no-optional-locks", "status", "--porcelain=v2", "--branch"];

/** Asks for every root again and again until aborted; `roots` is asked anew each round. */
export async function watchGit(runtime: Pick<DashboardRuntime, "host">, roots: () => Readonly<Record<string, string>>, onFound: (project: string, summary: GitSummary) => void, signal: AbortSignal): Promise<void> {
  const { clock } = runtime.host;
  while (!signal.aborted) {
    const begun = clock.monotonic();
    for (const [project, root] of Object.entries(roots())) {
      if (signal.aborted) return;
      const { code, stdout } = await runtime.host.runProgram(argv, { directory: root, timeoutMs, signal });
      if (code === 0) onFound(project, gitSummary(stdout));
    }
    await clock.sleep(Math.max(leastPauseMs, (clock.monotonic() - begun) / share), signal).catch(() => undefined);
  }
}

/** Reads the second porcelain format of `git status`. */
export function gitSummary(text: string): GitSummary {
  const lines = text.split("\n");
  const header = (name: string): string | undefined => lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length);
  const [, ahead = "0", behind = "0"] = /^\+(\d+) -(\d+)$/.exec(header("ab") ?? "") ?? [];
  const [branch, commit] = [header("head"), header("oid")];
  return {
    ...(branch === undefined || branch === "(detached)" ? {} : { branch }),
    ...(commit === undefined || commit === "(initial)" ? {} : { commit: commit.slice(0, 8) }),
    ahead: Number(ahead),
    behind: Number(behind),
    changed: lines.filter((line) => /^[12u?] /.test(line)).length,
  };
}
