/** The scripts of a suite in the order of what they require, so many at once, within their locks. */
import type { ScriptResult } from "../model/suite.ts";
import { drive } from "../schedule/drive.ts";
import type { SkipReason, Task } from "../schedule/task.ts";
import type { LoadedScript } from "./load.ts";

export interface ScriptOrder {
  /** What is left to do, first things first. */
  readonly scripts: readonly LoadedScript[];
  /** What is known already of the others. */
  readonly done: readonly ScriptResult[];
  /** Those of the suite that nobody asked for: nobody waits for them. */
  readonly absent: readonly string[];
  readonly workers: number;
}

export interface ScriptCrew {
  /** Undefined when it was interrupted. */
  readonly run: (script: LoadedScript) => Promise<ScriptResult | undefined>;
  readonly keep: (result: ScriptResult) => void;
  /** `statusOf` tells what became of a script. */
  readonly skipReason: (because: SkipReason, statusOf: (name: string) => string) => string;
  readonly signal: AbortSignal;
}

/** Resolves when every script has a result, or those that ran when it was interrupted have ended. A script that did not pass gives nothing to those that require it. */
export async function inOrder({ scripts, done, absent, workers }: ScriptOrder, { run, keep, skipReason, signal }: ScriptCrew): Promise<void> {
  const results = new Map(done.map((one) => [one.name, one]));
  const byName = new Map(scripts.map((one) => [one.name, one]));
  const end = (result: ScriptResult): void => {
    results.set(result.name, result);
    keep(result);
  };
  const begin = async (id: string): Promise<ScriptResult | undefined> => {
    const script = byName.get(id);
    const result = script === undefined || signal.aborted ? undefined : await run(script);
    if (result !== undefined) end(result);
    return result;
  };
  const given = [...absent, ...done.filter(isPassed).map(({ name }) => name)];
  const crew = {
    begin: async (id: string) => ({ gives: isPassed(await begin(id)), releases: true }),
    skip: ({ id, because }: { readonly id: string; readonly because: SkipReason }) => {
      if (!signal.aborted) end({ name: id, status: "SKIP", durationMs: 0, reason: skipReason(because, (name) => results.get(name)?.status ?? "missing") });
    },
  };
  await drive(tasksOf(scripts), crew, { pools: { default: workers } }, given).over;
}

/** What the scheduler has to know of scripts. */
export function tasksOf(scripts: readonly LoadedScript[]): readonly Task[] {
  return scripts.map(({ name, turn }, index) => ({ id: name, ...turn, provides: [], priority: index }));
}

function isPassed(result: ScriptResult | undefined): boolean {
  return result?.status === "PASS" || result?.status === "XPASS";
}
