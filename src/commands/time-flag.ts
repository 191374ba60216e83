/** A flag that is a duration. */
import type { FlagValue } from "../cli/command.ts";
import { UserError } from "../model/failure.ts";

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** Node's timers end here, and would fire at once beyond. */
const longestMs = 2_147_483_647;

/** Milliseconds; undefined when the flag is not given. Throws a UserError for what is no duration. */
export function timeFlag(flags: Readonly<Record<string, FlagValue>>, name: string): number | undefined {
  const value = flags[name];
  if (typeof value !== "string") return undefined;
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(value.trim()) ?? [];
  const ms = Math.round(Number(number) * (unitMs[unit] ?? Number.NaN));
  if (ms > 0 && ms <= longestMs) return ms;
  throw new UserError({ reason: "usage_invalid", message: `--${name} needs a duration of at most 24 days, not "${value}"`, hint: "write seconds, or 500ms, 90s, 10m, 2h" });
}
