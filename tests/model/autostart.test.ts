import { expect, test } from "vitest";
import { afterEnsured } from "../../src/model/autostart.ts";

const policy = { mode: "ensure", backoffMs: 200, max: 3 } as const;

test("W18 each end in a row doubles the wait, until there were too many; one that stayed up begins with the first again", () => {
  expect([0, 1, 2, 3].map((restarts) => afterEnsured(policy, restarts, 50))).toEqual([
    { restarts: 1, delayMs: 200 },
    { restarts: 2, delayMs: 400 },
    { restarts: 3, delayMs: 800 },
    { restarts: 3 },
  ]);
  expect(afterEnsured(policy, 3, 10_000)).toEqual({ restarts: 1, delayMs: 200 });
  expect(afterEnsured({ ...policy, max: 0 }, 0, 10_000)).toEqual({ restarts: 0 });
});
