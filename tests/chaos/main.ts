/** `npm run chaos -- [--rounds 1000] [--seed N] [--round K]`: rounds without end on one stack; ends with 1 at the first that breaks a promise. */
import { parseArgs } from "node:util";
import { setup, teardown } from "../rig/leftovers.ts";
import { invariantsOf } from "./invariants.ts";
import { broughtUp, drawnRound, playRound, roundWords } from "./round.ts";
import { chaosStack } from "./stack.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "100" }, seed: { type: "string" }, round: { type: "string" }, verbose: { type: "boolean", default: false } } });

const asked = new AbortController();

/** Ends with the exit code. */
export async function main(): Promise<number> {
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const first = Number(values.round ?? 1);
  const last = values.round === undefined ? Number(values.rounds) : first;
  const cleanups: (() => void | Promise<void>)[] = [];
  setup();
  // What runs is put away first.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => asked.abort());
  let code = 0;
  try {
    code = await play(seed, first, last, (task) => void cleanups.push(task));
  } finally {
    for (const task of [...cleanups.reverse(), teardown]) code = (await succeeded(task)) ? code : 1;
  }
  return code;
}

/** One that fails must not keep the others from their work. */
async function succeeded(task: () => void | Promise<void>): Promise<boolean> {
  try {
    await task();
    return true;
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return false;
  }
}

async function play(seed: number, first: number, last: number, cleanup: (task: () => void | Promise<void>) => void): Promise<number> {
  const stack = await chaosStack(cleanup);
  const invariants = invariantsOf(stack);
  await broughtUp(stack, invariants);
  const begun = performance.now();
  for (let number = first; number <= last && !asked.signal.aborted; number += 1) {
    const round = drawnRound(seed, number, stack.isMounted);
    const since = performance.now();
    if (values.verbose) console.log(`${number}. ${roundWords(round)}`);
    try {
      await playRound(stack, round, invariants);
    } catch (error) {
      console.log(`round ${number} of seed ${seed} failed: ${roundWords(round)}\n${error instanceof Error ? error.stack : String(error)}\nagain: npm run chaos -- --seed ${seed} --round ${number}; or with all before it: --seed ${seed} --rounds ${number}`);
      return 1;
    }
    if (values.verbose) console.log(`   ${((performance.now() - since) / 1000).toFixed(1)} s`);
    else if (number % 25 === 0) console.log(`${number} rounds of seed ${seed}, ${((performance.now() - begun) / 1000 / (number - first + 1)).toFixed(1)} s each`);
  }
  console.log(asked.signal.aborted ? "ended early, as asked" : `${last - first + 1} rounds of seed ${seed}: every promise was kept`);
  return asked.signal.aborted ? 1 : 0;
}
