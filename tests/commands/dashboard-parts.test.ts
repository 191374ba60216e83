/** Small parts of the dashboard: what git says, how often work is done. */
import { expect, onTestFinished, test } from "vitest";
import { gitSummary } from "../../src/commands/dashboard/git.ts";
import { paced } from "../../src/commands/dashboard/pace.ts";
import { systemClock } from "../../src/host/clock.ts";
import { eventually } from "../rig/wait.ts";

test("git tells branch, commit, what is ahead and behind, and every changed file", () => {
  const text = "# branch.oid 997ecc8312ab\n# branch.head feature/x\n# branch.upstream origin/x\n# branch.ab +2 -1\n1 .M N... 100644 100644 100644 a a file\n2 R. N... a b\nu UU N...\n? new";
  expect(gitSummary(text)).toEqual({ branch: "feature/x", commit: "997ecc83", ahead: 2, behind: 1, changed: 4 });
  expect(gitSummary("# branch.oid (initial)\n# branch.head (detached)")).toEqual({ ahead: 0, behind: 0, changed: 0 });
});

test("work that is asked for many times meanwhile is done once more, and never twice at once", async () => {
  let [begun, atOnce, most] = [0, 0, 0];
  let release: () => void = () => undefined;
  const work = async (): Promise<void> => {
    begun += 1;
    atOnce += 1;
    most = Math.max(most, atOnce);
    if (begun === 1) await new Promise<void>((resolve) => (release = resolve));
    atOnce -= 1;
  };
  const pace = paced({ work, clock: systemClock, leastMs: 1, rest: 0 });
  onTestFinished(() => pace.close());
  pace.ask();
  await eventually(() => begun === 1);
  for (let count = 0; count < 20; count += 1) pace.ask(count % 2 === 0);
  release();
  await eventually(() => begun === 2);
  pace.ask(true);
  await eventually(() => begun === 3);
  expect(most).toBe(1);
});
