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
Main/frontend waits for it; of several that are stopped, it is the last.
It runs node server.js (REPO/.envctl:6:5).
  in REPO
  with 4 variables of its own; \`envctl env Main/backend\` lists them
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

  test("a variable names the line that sets it, or what gives it", async () => {
    const legacy = `ENVCTL_BACKEND_START_CMD=node server.js
BACKEND_PORT_BASE=8000
# >>> envctl backend launch env >>>
GREETING=hello
# <<< envctl backend launch env <<<
`;
    const shop = shopRun(onTestFinished, { configuration: legacy });
    expect((await shop.command("explain", "GREETING")).stdout).toBe(`Main/backend gets GREETING="hello Main"\n  services.backend.env.GREETING, ${shop.repository}/.envctl:4:1, from hello\n`.replaceAll('"', ""));
    expect((await shop.command("explain", "BACKEND_PORT_BASE")).stdout).toBe(`BACKEND_PORT_BASE is a name of the KEY=value form for services.backend.port.\n  services.backend.port is 8000: ${shop.repository}/.envctl:2:1\n`);
    expect((await shop.command("explain", "FRONTEND_PORT_BASE")).stdout).toContain("services.frontend.port, which is not configured here");
    expect((await shop.command("explain", "PORT")).stdout).toContain("It is the port of Main/backend itself, set by envctl");
  });

  test("keys without a value are known, and a group lists its keys", async () => {
    const shop = shopRun(onTestFinished);
    expect((await shop.command("explain", "requirements.postgres.port")).stdout).toBe("requirements.postgres.port is not set; what holds: the adapter's\n");
    expect((await shop.command("explain", "modes.main.services")).stdout).toBe("modes.main.services is not set; what holds: every enabled service\n");
    expect((await shop.command("explain", "services.backend.ready.log")).stdout).toBe("services.backend.ready.log is not set\n");
    expect((await shop.command("explain", "services.backend.ready")).stdout).toBe("services.backend.ready is not set; what holds: listener for a service with a port, else none\nservices.backend.ready.timeout is 30s: default\n");
    expect((await shop.command("explain", "BACKEND_PORT_BASE")).stdout).toContain(`services.backend.port is 8000: ${shop.repository}/.envctl:7:5`);
  });

});

describe("explain, of strangers and chains", () => {
  test("a port that is not the run's names its holder, on one line", async () => {
    const shop = shopRun(onTestFinished, { holders: { 7777: { address: "127.0.0.1", pid: 99, command: "node -e\n  listen()\n" } } });
    expect((await shop.command("explain", "7777")).stdout).toBe('7777 is held by pid 99 "node -e listen()".\n');
    expect((await shop.command("explain", "7778")).exit).toBe(2);
  });

  test("what led to a failure is told once", async () => {
    const cause = { reason: "process_exited", message: "backend ended with exit code 3" } as const;
    const shop = shopRun(onTestFinished, {
      truths: {},
      events: [
        { type: "unit_failed", unitId: "Main/backend", failure: cause },
        { type: "unit_blocked", unitId: "Main/frontend", failure: { reason: "dependency_failed", message: "frontend was not started", cause } },
      ],
    });
    expect((await shop.command("explain", "Main/frontend")).stdout.split("backend ended with exit code 3")).toHaveLength(2);
  });

});

describe("explain, of nothing", () => {
  test("what is nothing known is not found; a name in two projects is asked about", async () => {
    const shop = shopRun(onTestFinished);
    expect(await shop.command("explain", "worer")).toMatchObject({ exit: 2, stderr: '"worer" is not a unit, a port or a configuration key known here.\n  → Did you mean "worker"?\n' });
    expect(await shop.command("explain", "1")).toMatchObject({ exit: 2 });
    // From the main checkout its own unit is meant.
    expect((await shop.command("explain", "backend", "--json")).stdout).toContain('"subject": "Main/backend"');
  });
});
