/** One round: trouble while something is done, the trouble ends, the stack is brought back, everything is checked. */
import type { Outcome, RunningProgram } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { activityTable, drawnActivity } from "./activities.ts";
import { chanceOf } from "./chance.ts";
import type { Invariants } from "./invariants.ts";
import { everything, type Stack } from "./stack.ts";
import { troubleTable, type Heal, type Trouble } from "./troubles.ts";

export interface Round {
  readonly activity: string;
  readonly troubles: readonly Trouble[];
  /** Trouble during the activity comes when it has written this many lines. */
  readonly afterLines: number;
}

/** Everything a round will do, from its seed and number alone. */
export function drawnRound(seed: number, number: number, mayMount: boolean): Round {
  const chance = chanceOf(seed, number);
  const activity = drawnActivity(chance);
  const possible = Object.values(troubleTable).filter((row) => mayMount || row.needsMount !== true);
  const chosen = chance.some(possible, 1 + chance.number(2));
  // Files are damaged while they still can be.
  const rows = [...chosen.filter((row) => row.needsMount !== true), ...chosen.filter((row) => row.needsMount === true)];
  return { activity, troubles: rows.map((row) => row.draw(chance)), afterLines: chance.number(30) };
}

/** For a person. */
export function roundWords({ activity, troubles, afterLines }: Round): string {
  const during = troubles.some(({ when }) => when === "during") ? ` (after ${afterLines} lines)` : "";
  return `${activity}${during}: ${troubles.map(({ words }) => words).join("; ")}`;
}

/** Rejects with what is wrong. */
export async function playRound(stack: Stack, round: Round, invariants: Invariants): Promise<void> {
  const heals: Heal[] = [];
  const begin = async (when: Trouble["when"], cli: RunningProgram | undefined): Promise<void> => {
    for (const trouble of round.troubles) {
      if (trouble.when !== when) continue;
      const heal = await trouble.begin(stack, cli);
      if (heal !== undefined) heals.push(heal);
    }
  };
  try {
    await begin("before", undefined);
    const { args } = activityTable[round.activity] ?? { args: [] };
    const cli = args.length === 0 ? undefined : stack.start(args, { timeoutMs: activityMs });
    const ended = cli?.ended;
    // Looked at below; until then nobody may be missing it.
    ended?.catch(() => undefined);
    if (cli !== undefined && ended !== undefined) await Promise.race([cli.lines(round.afterLines), ended.catch(() => undefined)]);
    await begin("during", cli);
    refuseBug(await ended);
  } finally {
    for (const heal of heals.reverse()) await heal();
  }
  await recovered(stack, round, invariants);
}

const activityMs = 45_000;

/** Trouble may make a command fail, but never with a stack. */
function refuseBug(outcome: Outcome | undefined): void {
  if (outcome === undefined) return;
  if (/This is a bug|\n\s+at .+:\d+:\d+/.test(outcome.stderr + outcome.stdout)) throw new Error(`a command ended as a bug: ${outcome.stdout}\n${outcome.stderr}`);
}

/** Resume brings back what nobody stopped; whatever then is down on purpose, a start brings up. */
async function recovered(stack: Stack, { activity, troubles }: Round, invariants: Invariants): Promise<void> {
  const exceptions = troubles.flatMap(({ exception }) => exception ?? []);
  const mayBeDown = activityTable[activity]?.stops === true || exceptions.includes("log-lost") || troubles.some(({ stops }) => stops === true);
  const resumed = await stack.envctl(["resume", "--json"], { timeoutMs: activityMs });
  const nothing = /there is nothing to resume|no previous run|nothing is configured to start/.test(resumed.stdout);
  if (resumed.code !== 0 && !nothing) throw new Error(`resume ended with ${resumed.code}: ${tail(resumed)}`);
  if (resumed.code === 0) await invariants.settled(exceptions);
  if (invariants.isWhole()) return;
  if (!mayBeDown) throw new Error(`resume did not bring back what nobody had stopped: ${tail(resumed)}`);
  const started = await stack.envctl(["start", ...everything, "--json"], { timeoutMs: activityMs });
  if (started.code !== 0) throw new Error(`start ended with ${started.code}: ${tail(started)}`);
  await invariants.settled(exceptions);
  if (!invariants.isWhole()) throw new Error("not every unit is ready after start");
}

function tail({ stdout, stderr }: Outcome): string {
  return `${stdout.slice(-6000)}\n${stderr.slice(-2000)}`;
}

/** The first start of a stack, before any trouble. */
export async function broughtUp(stack: Stack, invariants: Invariants): Promise<void> {
  const started = await stack.envctl(["start", ...everything, "--json"]);
  if (started.code !== 0) throw new Error(`the stack does not start: ${tail(started)}`);
  await eventually(() => invariants.isWhole(), "a whole stack");
}
