/** How far a copy of data is, told while it is made. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { toldCopy } from "../../src/engine/copy-progress.ts";
import { systemClock } from "../../src/host/clock.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

type Told = readonly [number | undefined, number | undefined];

function copy(): { readonly to: string; readonly told: Told[]; readonly run: (work: () => Promise<void>) => Promise<void> } {
  const to = temporaryDirectory(onTestFinished, "copy");
  const told: Told[] = [];
  return { to, told, run: (work) => toldCopy((_text, done, total) => void told.push([done, total]), { text: "copying", totalBytes: 300, to, clock: systemClock }, work) };
}

test("is what has arrived, never more than the whole, and the whole at its end", async () => {
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
  expect([told[0], told.at(-1)]).toEqual([[0, 300], [300, 300]]);
});

test("is not called whole when it failed", async () => {
  const { told, run } = copy();
  await expect(run(() => Promise.reject(new Error("no space")))).rejects.toThrow("no space");
  expect(told).toEqual([[0, 300]]);
});
