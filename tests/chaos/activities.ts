/** What somebody does with the CLI while trouble comes. */
import type { Chance } from "./chance.ts";
import { everything } from "./stack.ts";

export interface Activity {
  readonly args: readonly string[];
  /** Chance of a round to do this, beside the others'. */
  readonly weight: number;
  /** Units it is about may be down on purpose afterwards. */
  readonly stops?: boolean;
}

const lifecycle = (weight: number, ...args: readonly string[]): Activity => ({ weight, args: [...args, "--json"], stops: args[0]?.startsWith("stop") ?? false });

/** Empty args: nothing is done. */
export const activityTable: Readonly<Record<string, Activity>> = {
  nothing: { weight: 3, args: [] },
  "start everything": lifecycle(3, "start", ...everything),
  resume: lifecycle(3, "resume"),
  "restart a chain": lifecycle(4, "restart", "--project", "Main", "--service", "store"),
  "restart some": lifecycle(4, "restart", "--project", "Main,feature", "--service", "family,second,stubborn"),
  "restart a project": lifecycle(1, "restart", "--project", "feature"),
  "stop some": lifecycle(3, "stop", "--project", "Main,feature", "--service", "api,third,worker"),
  "stop a project": lifecycle(2, "stop", "--project", "feature"),
  "stop everything": lifecycle(2, "stop-all"),
  "begin afresh": lifecycle(1, "start", "--project", "feature", "--no-resume"),
  "restart the daemon": lifecycle(2, "daemon", "restart"),
  "look at it": lifecycle(1, "health"),
};

/** A name of the table. */
export function drawnActivity(chance: Chance): string {
  return chance.one(Object.entries(activityTable).flatMap(([name, { weight }]) => Array.from({ length: weight }, () => name)));
}
