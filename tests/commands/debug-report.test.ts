/** What `debug-report --against` says where there is nothing to compare with. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runId, shopRun } from "./shop-run.ts";

const earlier = "run-20261120070000-000-abcd";

test("the only run is told to be the only one, whatever it was to be compared with", async () => {
  const shop = shopRun(onTestFinished);
  const said = async (against: string): Promise<string> => (await shop.command("debug-report", "--against", against)).stderr.split("\n")[0] ?? "";
  const only = `${runId} is the only run that is kept, so there is nothing to compare it with`;
  expect([await said(runId), await said("last-good"), await said("run-7")].map((line) => line.replace(/\.$/, ""))).toEqual([only, only, `no run is called "run-7"; ${only}`]);
});

test("the run that is looked at is not compared with itself, and others are named", async () => {
  const shop = shopRun(onTestFinished);
  const { runs } = shop.runtime.scope;
  cpSync(join(runs, runId), join(runs, earlier), { recursive: true });
  const answer = await shop.command("debug-report", "--against", runId);
  expect(answer).toMatchObject({ exit: 1, stderr: expect.stringMatching(new RegExp(`${runId} is the latest run, which is the one that would be compared with it[^]*say last-good, or an earlier one: ${earlier}`)) as string });
});
