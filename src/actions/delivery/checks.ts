/** The checks of a pull request, and waiting for them. */
import { systemClock } from "../../host/clock.ts";
import type { ActionPlace } from "../place.ts";
import { gh, openPullRequest } from "./gh.ts";

/** gh's buckets, with what was skipped among what passed. */
export interface Check {
  readonly name: string;
  readonly state: "passed" | "failed" | "pending";
  readonly link: string;
}

export type ChecksState = "passed" | "failed" | "pending" | "none" | "timeout" | "error";

export interface Checks {
  readonly state: ChecksState;
  readonly checks: readonly Check[];
  /** The commit they are of, as the forge has it. */
  readonly head: string | undefined;
  readonly error: string | undefined;
}

const stateOf: Readonly<Record<string, Check["state"]>> = { pass: "passed", skipping: "passed", fail: "failed", cancel: "failed", pending: "pending" };

/** What `gh pr checks --json` wrote; undefined for anything else. Pure. */
export function checksIn(text: string): readonly Check[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map((one: unknown) => ({ name: field(one, "name"), state: stateOf[field(one, "bucket")] ?? "pending", link: field(one, "link") })) : undefined;
  } catch {
    return undefined;
  }
}

/** What they amount to. Pure. */
export function stateOfAll(checks: readonly Check[]): ChecksState {
  if (checks.some(({ state }) => state === "failed")) return "failed";
  if (checks.some(({ state }) => state === "pending")) return "pending";
  return checks.length === 0 ? "none" : "passed";
}

export interface Watching {
  readonly branch: string;
  /** The commit that was pushed: checks of an older one say nothing. */
  readonly expectedHead: string;
  readonly intervalMs: number;
  readonly deadlineMs: number;
  /** So long a repository without any check is given to show one. */
  readonly graceMs: number;
}

/** Waits until none is pending, at most until the deadline. */
export async function awaitChecks(watching: Watching, place: ActionPlace): Promise<Checks> {
  const begun = systemClock.monotonic();
  let told = "";
  for (;;) {
    const found = await checksNow(watching, place);
    const elapsedMs = systemClock.monotonic() - begun;
    const isCurrent = found.head === undefined || found.head === watching.expectedHead;
    const isOver = found.state === "error" || (isCurrent && (found.state === "passed" || found.state === "failed" || (found.state === "none" && elapsedMs >= watching.graceMs)));
    if (isOver) return found;
    if (elapsedMs + watching.intervalMs > watching.deadlineMs) return { ...found, state: "timeout" };
    const words = isCurrent ? `checks: ${found.checks.filter(({ state }) => state === "pending").map(({ name }) => name).join(", ") || "none yet"}` : "checks: the forge has not seen the push yet";
    if (words !== told) place.progress((told = words));
    await systemClock.sleep(watching.intervalMs, place.signal);
  }
}

/** gh ends with 8 while checks are pending, and with 1 when one failed or there is none. */
async function checksNow({ branch }: Watching, place: ActionPlace): Promise<Checks> {
  const head = (await openPullRequest(place, branch))?.headRefOid;
  const { stdout, stderr } = await gh(place, ["pr", "checks", branch, "--json", "name,bucket,link"]);
  const checks = checksIn(stdout) ?? (/no checks reported/i.test(stderr) ? [] : undefined);
  const known = { head: head === "" ? undefined : head };
  if (checks === undefined) return { ...known, state: "error", checks: [], error: stderr.trim() || stdout.trim() || "gh said nothing" };
  return { ...known, state: stateOfAll(checks), checks, error: undefined };
}

function field(value: unknown, key: string): string {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === "string" ? found : "";
}
