import { describe, expect, test } from "vitest";
import { defaultRestarts } from "../../src/model/restart.ts";
import { differences } from "../../src/plan/reload.ts";
import { config, dead, knownFrom, planOf, planText, service, shop } from "./specimen.ts";

const running = planOf({});
const { backend, frontend, worker } = shop.services;
const edited = config([service("backend", { ...backend, env: { API: "elsewhere" } }), service("frontend", { ...frontend, restart: defaultRestarts }), service("mailer", { port: 8100 })], { requirements: shop.requirements });

describe("reload", () => {
  test("restarts what changed, starts what is new, stops what is gone, takes over what needs no restart", () => {
    expect(worker).toBeDefined();
    expect(planText(planOf({ kind: "reload", config: edited, known: knownFrom(running) }))).toMatchInlineSnapshot(`
      "
      adopt   Main/redis:6380 after []: its configuration is unchanged
      restart Main/backend:8000 after [Main/redis]: changed: env API
      adopt   Main/frontend:9000 after [Main/backend]: changed: restart (no restart needed)
      start   Main/mailer:8100 after []: not part of the run yet
      stop    Main/worker after [Main/redis]: no longer configured
      ends Main/backend, Main/worker
      "
    `);
  });

  test("leaves everything that is unchanged as it is, down or stopped, whoever has its port now", () => {
    const known = knownFrom(running, (spec) => (spec.name === "frontend" ? { truth: dead } : spec.name === "worker" ? { truth: dead, isWanted: false } : {}));
    const plan = planOf({ kind: "reload", known, taken: [9000] });
    expect(planText(plan)).toMatchInlineSnapshot(`
      "
      adopt   Main/redis:6380 after []: its configuration is unchanged
      adopt   Main/backend:8000 after [Main/redis]: its configuration is unchanged
      leave   Main/frontend:9000 after [Main/backend]: is not running; its configuration is unchanged
      leave   Main/worker after [Main/redis]: was stopped on purpose
      "
    `);
    expect(differences(plan)).toEqual({});
  });

  test("begins a failed unit anew when its configuration was mended, not one that was stopped on purpose", () => {
    const known = knownFrom(running, (spec) => (spec.name === "backend" ? { truth: dead } : spec.name === "frontend" ? { truth: dead, isWanted: false } : {}));
    const mended = config([service("backend", { ...backend, command: "node better.js" }), service("frontend", { ...frontend, command: "node better.js" }), ...(worker === undefined ? [] : [worker])], { requirements: shop.requirements });
    expect(differences(planOf({ kind: "reload", config: mended, known }))).toEqual({ "Main/backend": "changed: command" });
  });

  test("is about the services named and nothing else", () => {
    const plan = planOf({ kind: "reload", config: edited, known: knownFrom(running) });
    expect(Object.keys(differences(plan))).toEqual(["Main/backend", "Main/frontend", "Main/mailer", "Main/worker"]);
    const named = planOf({ kind: "reload", config: edited, known: knownFrom(running), selection: { services: ["mailer"] } });
    expect(differences(named)).toEqual({ "Main/mailer": "not part of the run yet" });
  });

  test("names every kept part that differs", () => {
    const more = config([service("backend", { ...backend, critical: false, watch: ["src/**"], publicUrl: "http://b", limits: { fds: 9, onLimit: "warn" }, on: { ready: "true" } })], { requirements: shop.requirements, logs: { maxBytes: 1, keep: 1 } });
    expect(differences(planOf({ kind: "reload", config: more, known: knownFrom(running) }))["Main/backend"]).toBe("changed: limits, watch, on, logs, public_url, critical (no restart needed)");
  });
});
