import { describe, expect, onTestFinished, test } from "vitest";
import { alive, dead, ready, shopRun } from "./shop-run.ts";

describe("explain", () => {
  test("tells a unit's status, port, order and command with their places", async () => {
    const shop = shopRun(onTestFinished);
    expect((await shop.command("explain", "Main/backend")).stdout.replaceAll(shop.repository, "REPO")).toBe(`Main/backend is running.
  It was ready 420 ms after its start: GET / answered 200.
Main/backend has port 8000.
  8000 = base 8000 + slot 0 of Main × spacing 20.
    base 8000: services.backend.port, REPO/.envctl:7:5
    spacing 20: port_spacing, default
It starts after:
  Main/postgres (healthy)
Main/frontend waits for it, and is stopped before it.
It runs node server.js (REPO/.envctl:6:5).
  in REPO
  with 3 variables of its own; \`envctl env Main/backend\` lists them
`);
  });

  test("tells who held the port that was asked for", async () => {
    const shop = shopRun(onTestFinished);
    const { stdout } = await shop.command("explain", "8020");
    expect(stdout).toContain("feature/backend has port 8021.\n  It asked for 8020, which was taken; 8021 was the next free one.\n    8020 was held by pid 4711");
    expect(stdout).toContain("8020 = base 8000 + slot 1 of feature × spacing 20.");
  });

  test("tells the whole chain of why something is not started", async () => {
    const failure = { reason: "process_exited", message: "backend ended with exit code 3", logTail: ["boom"] } as const;
    const shop = shopRun(onTestFinished, {
      truths: { "Main/postgres": alive(11), "Main/backend": dead },
      events: [
        ready("Main/postgres", 11),
        { type: "unit_crashed", unitId: "Main/backend", exit: { kind: "code", code: 3 }, failure },
        { type: "unit_blocked", unitId: "Main/frontend", failure: { reason: "dependency_failed", message: "Main/backend is not ready" } },
      ],
    });
    expect((await shop.command("explain", "Main/frontend")).stdout.split("\n").slice(0, 5)).toEqual(["Main/frontend is blocked.", "  Main/backend is not ready", "    Main/backend is failed.", "      backend ended with exit code 3", "        | boom"]);
  });

});

describe("explain, beyond units", () => {
  test("tells where keys and variables come from, and hides secrets", async () => {
    const shop = shopRun(onTestFinished);
    const key = await shop.command("explain", "services.backend.port");
    expect(key.stdout).toBe(`services.backend.port is 8000: ${shop.repository}/.envctl:7:5\n`);
    expect((await shop.command("explain", "DATABASE_URL")).stdout).toBe("Main/backend gets DATABASE_URL=postgresql://app:********@127.0.0.1:5432/app\n  It is given by what the unit depends on: Main/postgres; setting it under env: takes precedence.\n");
    expect((await shop.command("explain", "API_TOKEN")).stdout).not.toContain("abc123");
    expect((await shop.command("explain", "old")).stdout).toContain(`old is not started: it is disabled: services.old.enabled, ${shop.repository}/.envctl:14:54.`);
  });

  test("a broken configuration keeps nobody from learning about the run", async () => {
    const shop = shopRun(onTestFinished, { configuration: "services: [" });
    expect((await shop.command("explain", "Main/backend")).exit).toBe(0);
  });

  test("what is nothing known is not found; a name in two projects is asked about", async () => {
    const shop = shopRun(onTestFinished);
    expect(await shop.command("explain", "worer")).toMatchObject({ exit: 2, stderr: '"worer" is not a unit, a port or a configuration key known here.\n  → Did you mean "worker"?\n' });
    expect(await shop.command("explain", "1")).toMatchObject({ exit: 2 });
    // From the main checkout its own unit is meant.
    expect((await shop.command("explain", "backend", "--json")).stdout).toContain('"subject": "Main/backend"');
  });
});
