import { describe, expect, test } from "vitest";
import { UserError } from "../../src/model/failure.ts";
import { driftText } from "../../src/plan/drift.ts";
import { unitSpec } from "../model/specimen.ts";
import { config, dead, knownFrom, planOf, planText, service, shop } from "./specimen.ts";

const fresh = planOf({});

describe("start", () => {
  test("of nothing starts everything, after what it needs", () => {
    expect(planText(fresh)).toMatchInlineSnapshot(`
      "
      start   Main/redis:6380 after []: not part of the run yet
      start   Main/backend:8000 after [Main/redis]: not part of the run yet
      start   Main/frontend:9000 after [Main/backend]: not part of the run yet
      start   Main/worker after [Main/redis]: not part of the run yet
      "
    `);
  });

  test("of two projects gives each slot its own ports", () => {
    expect(planText(planOf({ only: ["Main", "tree-1"], selection: { services: ["backend"] } }))).toMatchInlineSnapshot(`
      "
      start   Main/redis:6380 after []: not part of the run yet
      start   Main/backend:8000 after [Main/redis]: not part of the run yet
      start   tree-1/redis:6400 after []: not part of the run yet
      start   tree-1/backend:8020 after [tree-1/redis]: not part of the run yet
      "
    `);
  });

  test("keeps what lives, restarts what changed, starts what is missing, ends what is no longer configured", () => {
    const { frontend, worker, ...rest } = shop.services;
    const changed = config([...Object.values(rest), service("frontend", { ...frontend, env: { BACKEND: "elsewhere" } })], { requirements: shop.requirements });
    const known = knownFrom(fresh, (spec) => (spec.name === "backend" ? { truth: dead } : {}));
    expect(worker).toBeDefined();
    expect(planText(planOf({ config: changed, known }))).toMatchInlineSnapshot(`
      "
      adopt   Main/redis:6380 after []: lives and is unchanged
      start   Main/backend:8000 after [Main/redis]: not running: it ended with exit code 1
      restart Main/frontend:9000 after [Main/backend]: changed: env BACKEND
      stop    Main/worker after [Main/redis]: no longer configured
      ends Main/frontend, Main/worker
      "
    `);
  });

});

describe("start, where something lives,", () => {
  test("leaves a living service alone that the mode does not list", () => {
    const limited = { ...shop, modes: { ...shop.modes, main: { enabled: true, services: ["backend"] } } };
    expect(planText(planOf({ config: limited, known: knownFrom(fresh) }))).toMatchInlineSnapshot(`
      "
      adopt   Main/redis:6380 after []: lives and is unchanged
      adopt   Main/backend:8000 after [Main/redis]: lives and is unchanged
      "
    `);
  });

  test("afresh restarts what lives", () => {
    expect(planText(planOf({ known: knownFrom(fresh), noResume: true, selection: { services: ["worker"] } }))).toMatchInlineSnapshot(`
      "
      restart Main/redis:6380 after []: begins afresh (--no-resume)
      restart Main/worker after [Main/redis]: begins afresh (--no-resume)
      ends Main/redis, Main/worker
      "
    `);
  });

  test("on a taken port uses the next one everywhere it is mentioned", () => {
    const plan = planOf({ taken: [8000], selection: { services: ["frontend"] } });
    expect(planText(plan)).toMatchInlineSnapshot(`
      "
      start   Main/redis:6380 after []: not part of the run yet
      start   Main/backend:8001 after [Main/redis]: not part of the run yet
      start   Main/frontend:9000 after [Main/backend]: not part of the run yet
      move Main/backend 8000 to 8001: nginx
      "
    `);
    expect(plan.nodes.find((node) => node.spec.name === "frontend")?.spec.env["BACKEND"]).toBe("http://localhost:8001");
  });

});

describe("start, where something is odd,", () => {
  test("leaves a unit of another pid namespace alone", () => {
    const known = knownFrom(fresh, (spec) => (spec.name === "redis" ? { truth: { state: "unknown", because: "another namespace" } } : {}));
    expect(planOf({ known }).nodes.find((node) => node.spec.name === "redis")).toMatchObject({ action: "leave", because: "another namespace" });
  });

  test("gives a disabled unit no port, and one whose name is any word a plan", () => {
    const odd = config([service("constructor", { port: 8000 }), service("off", { enabled: false, port: 8000 })]);
    expect(planText(planOf({ config: odd }))).toMatchInlineSnapshot(`
      "
      start   Main/constructor:8000 after []: not part of the run yet
      "
    `);
  });

  test("fails with every template that has no value", () => {
    const broken = config([service("a", { env: { X: "${nothing.url}", Y: "${env.NOT_SET}" } }), service("b", { port: "none", command: "node {port}" })]);
    expect(() => planOf({ config: broken })).toThrow(UserError);
    expect(() => planOf({ config: broken })).toThrow(/services\.a\.env\.X[^]*services\.a\.env\.Y[^]*services\.b\.command/);
  });

  test("fails when no port is to be had", () => {
    expect(() => planOf({ taken: Array.from({ length: 300 }, (_, index) => 8000 + index) })).toThrow(/no free port for Main\/backend \(main\): 8000/);
  });
});

describe("restart", () => {
  test("restarts services and keeps requirements", () => {
    expect(planText(planOf({ kind: "restart", known: knownFrom(fresh) }))).toMatchInlineSnapshot(`
      "
      adopt   Main/redis:6380 after []: lives and is unchanged
      restart Main/backend:8000 after [Main/redis]: restart was asked for
      restart Main/frontend:9000 after [Main/backend]: restart was asked for
      restart Main/worker after [Main/redis]: restart was asked for
      ends Main/backend, Main/frontend, Main/worker
      "
    `);
  });

  test("of one service keeps what it needs", () => {
    expect(planText(planOf({ kind: "restart", known: knownFrom(fresh), selection: { services: ["backend"] } }))).toMatchInlineSnapshot(`
      "
      adopt   Main/redis:6380 after []: lives and is unchanged
      restart Main/backend:8000 after [Main/redis]: restart was asked for
      ends Main/backend
      "
    `);
  });
});

describe("resume", () => {
  const known = {
    ...knownFrom(fresh, (spec) => (spec.name === "worker" ? { truth: dead, isWanted: false } : spec.name === "backend" ? { truth: dead } : {})),
    "gone/api": { spec: unitSpec("gone", "api"), isWanted: true, isReady: true, truth: dead },
  };

  test("adopts what lives, starts what is missing, leaves what was stopped or has no configuration", () => {
    expect(planText(planOf({ kind: "resume", known }))).toMatchInlineSnapshot(`
      "
      adopt   Main/redis:6380 after []: lives and is unchanged
      start   Main/backend:8000 after [Main/redis]: not running: it ended with exit code 1
      adopt   Main/frontend:9000 after [Main/backend]: lives and is unchanged
      leave   Main/worker after [Main/redis]: was stopped on purpose
      leave   gone/api:8000 after []: its project or its configuration is gone
      "
    `);
  });

  test("starts what was stopped on purpose when something that starts needs it, however far down", () => {
    const stopped = knownFrom(fresh, (spec) => (spec.name === "frontend" ? { truth: dead } : { truth: dead, isWanted: false }));
    expect(planText(planOf({ kind: "resume", known: stopped }))).toMatchInlineSnapshot(`
      "
      start   Main/redis:6380 after []: was stopped on purpose, but Main/backend needs it
      start   Main/backend:8000 after [Main/redis]: was stopped on purpose, but Main/frontend needs it
      start   Main/frontend:9000 after [Main/backend]: not running: it ended with exit code 1
      leave   Main/worker after [Main/redis]: was stopped on purpose
      "
    `);
  });

  test("of a named project says nothing of the others", () => {
    expect(planOf({ kind: "resume", known, selection: { projects: ["Main"] } }).nodes.map((node) => node.spec.project)).not.toContain("gone");
  });

  test("tells a changed configuration and does not apply it", () => {
    const other = { ...shop, services: { ...shop.services, worker: service("worker", { ...shop.services["worker"], command: "node other.js" }) } };
    const node = planOf({ kind: "resume", config: other, known: knownFrom(fresh) }).nodes.find((one) => one.spec.name === "worker");
    expect(node).toMatchObject({ action: "adopt", because: "lives; its configuration changed since (command), `envctl start` applies it" });
  });
});

describe("a unit that ran inside the daemon", () => {
  test("is left by resume when it held up the loop, and brought back by start", () => {
    const blocked = knownFrom(fresh, (spec) => (spec.name === "worker" ? { truth: dead, hasBlockedLoop: true } : {}));
    expect(planText(planOf({ kind: "resume", known: blocked }))).toContain("leave   Main/worker after [Main/redis]: it held up the daemon's loop; `envctl start` starts it again");
    expect(planText(planOf({ known: blocked }))).toContain("start   Main/worker");
  });

  test("ended with it, says the plan", () => {
    const gone = knownFrom(fresh, (spec) => (spec.name === "worker" ? { truth: { ...dead, wentWithDaemon: true } } : {}));
    for (const kind of ["resume", "start"] as const) expect(planText(planOf({ kind, known: gone }))).toContain("start   Main/worker after [Main/redis]: not running: it ended with the daemon it ran in");
  });
});

describe("stop", () => {
  test("ends what lives, and makes what is down unwanted", () => {
    const known = knownFrom(fresh, (spec) => (spec.name === "backend" ? { truth: dead } : spec.name === "worker" ? { truth: dead, isWanted: false } : {}));
    expect(planText(planOf({ kind: "stop", known }))).toMatchInlineSnapshot(`
      "
      stop    Main/redis:6380 after []: stop was asked for
      stop    Main/backend:8000 after [Main/redis]: is not running, and no longer wanted
      stop    Main/frontend:9000 after [Main/backend]: stop was asked for
      leave   Main/worker after [Main/redis]: is not running
      ends Main/redis, Main/frontend
      "
    `);
  });

  test("of what others depend on leaves them, and says so of each that lives", () => {
    const known = knownFrom(fresh, (spec) => (spec.name === "worker" ? { truth: dead } : {}));
    const plan = planOf({ kind: "stop", known, selection: { services: ["redis"] } });
    expect(planText(plan)).toMatchInlineSnapshot(`
      "
      stop    Main/redis:6380 after []: stop was asked for
      leave   Main/backend:8000 after [Main/redis]: goes on running without Main/redis
      ends Main/redis
      "
    `);
    expect(plan.notes).toEqual(["Main/backend goes on running without Main/redis"]);
    const both = planOf({ kind: "stop", known, selection: { services: ["redis", "backend"] } });
    expect(both.notes).toEqual(["Main/frontend goes on running without Main/backend"]);
  });

  test("of one service ends only that, of another project nothing here", () => {
    expect(planOf({ kind: "stop", known: knownFrom(fresh), selection: { services: ["worker"] } }).destructive).toEqual(["Main/worker"]);
    expect(planOf({ kind: "stop", known: knownFrom(fresh), only: ["tree-1"] }).nodes).toEqual([]);
    expect(planOf({ kind: "stop", known: knownFrom(fresh), only: [], selection: { all: true } }).destructive).toHaveLength(4);
  });
});

test("hooks of the repository and of a service are both told; a requirement has those of the repository", () => {
  const services = [service("api", { dependsOn: ["redis"], on: { crashed: "own", ready: ["a", "b c"] } })];
  const plan = planOf({ config: config(services, { on: { crashed: "everybody", stopped: "echo $ENVCTL_UNIT" }, requirements: shop.requirements }) });
  const stopped = [["/bin/sh", "-c", "echo $ENVCTL_UNIT"]];
  expect(Object.fromEntries(plan.nodes.map(({ unitId, spec }) => [unitId, spec.hooks]))).toEqual({
    "Main/redis": { crashed: [["everybody"]], stopped },
    "Main/api": { ready: [["a", "b c"]], crashed: [["everybody"], ["own"]], stopped },
  });
});

describe("a plan", () => {
  test("has equal hashes for equal input, and others for other input", () => {
    expect(planOf({}).hash).toBe(fresh.hash);
    const others = [planOf({ taken: [8000] }), planOf({ only: ["tree-1"] }), planOf({ selection: { services: ["worker"] } }), planOf({ known: knownFrom(fresh) }), planOf({ kind: "stop", known: knownFrom(fresh) })];
    expect(new Set([fresh, ...others].map((plan) => plan.hash)).size).toBe(others.length + 1);
  });

  test("cannot be changed", () => {
    expect(Object.isFrozen(fresh.nodes[0]?.spec.env)).toBe(true);
  });

  test("gives a unit what its requirements give, and lets the configuration win", () => {
    const own = config([service("api", { dependsOn: ["redis"], env: { REDIS_URL: "mine" } }), service("web", { port: 9000, dependsOn: ["redis"] })], { requirements: shop.requirements });
    const env = (name: string) => planOf({ config: own }).nodes.find((node) => node.spec.name === name)?.spec.env;
    expect(env("api")).toEqual({ PORT: "8000", ENVCTL_PROJECT_NAME: "Main", REDIS_URL: "mine" });
    expect(env("web")).toEqual({ PORT: "9000", ENVCTL_PROJECT_NAME: "Main", REDIS_URL: "redis://127.0.0.1:6380" });
  });
});

describe("drift", () => {
  const running = unitSpec("Main", "api", { env: { A: "1", B: "2" } });
  test.each([
    ["", {}],
    ["command", { command: ["other"] }],
    ["directory", { directory: "/other" }],
    ["port", { ports: [{ name: "main", port: 1, requested: 1 }] }],
    ["env A, env C", { env: { A: "0", B: "2", C: "3" } }],
    ["readiness probe", { ready: { kind: "none" as const } }],
    ["stop", { stop: { signal: "SIGINT" as const, to: "group" as const, graceMs: 1 } }],
    ["prepare", { prepare: [{ name: "x", command: ["x"], inputs: [] }] }],
    ["specification", { executor: "process" as const, hash: "other" }],
  ])("is told as: %s", (text, change) => {
    expect(driftText(running, { ...running, ...(text === "" ? {} : { hash: "new" }), ...change })).toBe(text);
  });
});
