/** How far a copy of data is, told while it is made. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { toldCopy } from "../../src/host/copy-progress.ts";
import { copyTree } from "../../src/host/copy-tree.ts";
import { systemClock } from "../../src/host/clock.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

type Told = readonly [number, number];

function copy(): { readonly to: string; readonly told: Told[]; readonly run: (work: () => Promise<void>) => Promise<void> } {
  const to = temporaryDirectory(onTestFinished, "copy");
  const told: Told[] = [];
  return { to, told, run: (work) => toldCopy({ told: (...share) => void told.push(share), totalBytes: 300, to, clock: systemClock }, work) };
}

test("is what has arrived, never more than the whole", async () => {
  const { to, told, run } = copy();
  const seen = (done: number): Promise<unknown> => eventually(() => told.some(([one]) => one === done), `${done} bytes told`);
  await run(async () => {
    mkdirSync(join(to, "base"));
    writeFileSync(join(to, "base", "one"), "x".repeat(100));
    await seen(100);
    // A server that runs goes on writing.
    writeFileSync(join(to, "two"), "x".repeat(400));
    await seen(300);
  });
  expect(told[0]).toEqual([0, 300]);
});

test("counts what is copied and nothing else, and is not called whole when it failed", async () => {
  const told: Told[] = [];
  const from = temporaryDirectory(onTestFinished, "from");
  const to = temporaryDirectory(onTestFinished, "to");
  for (const [name, bytes] of [["data", 100], ["log", 1000]] as const) writeFileSync(join(from, name), "x".repeat(bytes));
  const copy = { from, to, platform: process.platform, account: undefined, signal: new AbortController().signal, omit: ["log"], told: (...share: Told) => void told.push(share) };
  expect(await copyTree(copy)).toBeUndefined();
  // A slow copy is told of in between, too.
  expect([told[0], told.at(-1)]).toEqual([[0, 100], [100, 100]]);
  expect(told.filter(([done, total]) => done > 100 || total !== 100)).toEqual([]);
  told.length = 0;
  expect(await copyTree({ ...copy, to: join(to, "nowhere") })).toBeDefined();
  expect([told[0], told.filter(([done]) => done > 0)]).toEqual([[0, 100], []]);
});
