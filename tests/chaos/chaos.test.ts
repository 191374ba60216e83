/** The bounded form of the chaos suite: every kind of trouble and every fault point once, and some rounds of chance. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { packageRoot, sourceFiles } from "../rig/source-files.ts";
import { chanceOf } from "./chance.ts";
import { faultPoints, type FaultPoint } from "./fault-points.ts";
import { invariantsOf } from "./invariants.ts";
import { broughtUp, drawnRound, playRound, roundWords } from "./round.ts";
import { chaosStack } from "./stack.ts";
import { fault, troubleTable, type Trouble } from "./troubles.ts";

const seed = 20;

execFileSync(process.execPath, [join(packageRoot, "scripts/build.mjs"), "--chaos"], { stdio: "pipe" });
const stack = await chaosStack(afterAll);
const invariants = invariantsOf(stack);
await broughtUp(stack, invariants);

const troubleOf = (name: keyof typeof troubleTable): Trouble | undefined => troubleTable[name]?.draw(chanceOf(seed, 0));

/** Something done that passes the point, and what makes it do so. */
const ways: Readonly<Record<FaultPoint, { readonly activity: string; readonly passage: number; readonly also?: string }>> = {
  "event-log.unwritten": { activity: "restart some", passage: 4 },
  "event-log.torn": { activity: "restart some", passage: 9 },
  "event-log.written": { activity: "stop some", passage: 2 },
  "file.torn": { activity: "restart some", passage: 2 },
  "file.unnamed": { activity: "stop some", passage: 1 },
  "file.written": { activity: "restart some", passage: 3 },
  "lock.unnamed": { activity: "start everything", passage: 1, also: "kill the daemon first" },
  "lock.linked": { activity: "start everything", passage: 1, also: "kill the daemon first" },
  "reservations.reserve": { activity: "restart some", passage: 2 },
  "reservations.release": { activity: "stop some", passage: 2 },
  "log-piece.torn": { activity: "nothing", passage: 2 },
  "log-piece.unnamed": { activity: "restart some", passage: 2 },
  "log-piece.written": { activity: "nothing", passage: 3 },
  "log-hole.unmade": { activity: "nothing", passage: 3 },
  "log-hole.made": { activity: "nothing", passage: 3 },
  "log-index.torn": { activity: "restart some", passage: 20 },
  "log-index.unborn": { activity: "start everything", passage: 3, also: "stop everything first" },
  "run.unborn": { activity: "start everything", passage: 1, also: "stop everything first" },
  "run.born": { activity: "start everything", passage: 1, also: "stop everything first" },
  "run.link": { activity: "start everything", passage: 3, also: "stop everything first" },
  "slots.unwritten": { activity: "start everything", passage: 1, also: "forget the slots" },
  "slots.written": { activity: "start everything", passage: 1, also: "forget the slots" },
};

const deadlineMs = 30_000;

test.each(faultPoints)("a process that dies at %s leaves nothing that a resume does not mend", async (name) => {
  const { activity, passage, also } = ways[name];
  const before = also === undefined ? undefined : troubleOf(also);
  await playRound(stack, { activity, troubles: [...(before === undefined ? [] : [before]), fault(name, passage, "must be reached")], afterLines: 0 }, invariants);
}, deadlineMs);

const others = Object.keys(troubleTable).filter((name) => name !== "fault point" && !Object.values(ways).some(({ also }) => also === name) && (stack.isMounted || troubleTable[name]?.needsMount !== true));

test.each(others)("%s", async (name) => {
  const trouble = troubleOf(name);
  if (trouble === undefined) throw new Error(`no trouble ${name}`);
  await playRound(stack, { activity: "restart some", troubles: [trouble], afterLines: 6 }, invariants);
}, deadlineMs);

test.each([1, 2, 3])("round %i of chance", async (number) => {
  const round = drawnRound(seed, number, stack.isMounted);
  await playRound(stack, round, invariants).catch((error: unknown) => {
    throw new Error(`${roundWords(round)}\nagain: npm run chaos -- --seed ${seed} --round ${number}`, { cause: error });
  });
}, deadlineMs);

test("a round is drawn the same every time", () => {
  const words = (from: number): readonly string[] => [1, 2, 3].map((number) => roundWords(drawnRound(from, number, true)));
  expect(words(7)).toEqual(words(7));
  expect(words(7)).not.toEqual(words(8));
});

test("the table has every fault point of the sources", () => {
  const named = sourceFiles("src").flatMap(({ text }) => [...text.matchAll(/\bfaultPoint\("([^"]+)"/g)].map((match) => match[1]));
  expect(named.sort()).toEqual([...faultPoints].sort());
});

test("what is published has no trace of fault points", () => {
  const traces = (directory: string): readonly string[] =>
    readdirSync(directory).filter((name) => /\.c?js$/.test(name) && /ENVCTL_FAULT_FILE|FAULT_POINTS|event-log\.torn|faultPoint/.test(readFileSync(join(directory, name), "utf8")));
  expect(traces(join(packageRoot, "node_modules/.cache/envctl/chaos"))).not.toEqual([]);
  expect(traces(join(packageRoot, "dist"))).toEqual([]);
});
