/** Every look-up over the same run, as JSON that fits its schema. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { alive, dead, handle, ready, shopRun, writeLog } from "./shop-run.ts";

const lookUps: readonly (readonly [string, ...string[]])[] = [
  ["status"], ["report"], ["status", "--project", "feature"], ["health"], ["health", "--strict"], ["errors"], ["endpoints"], ["endpoints", "--project", "Main"], ["dashboard"],
  ["explain", "Main/backend"], ["explain", "8021"], ["explain", "services.backend.port"], ["explain", "DATABASE_URL"], ["explain", "old"], ["list-targets"], ["list-trees"],
  ["show-state"], ["logs"], ["clear-logs"], ["show-config"], ["env", "Main/backend"], ["list-commands"], ["completion", "bash"], ["help"], ["help", "logs"], ["version"],
];

describe("answers in JSON", () => {
  test.each(lookUps.map((argv) => ({ argv, line: argv.join(" ") })))("`$line` fits its schema and exits 0", async ({ argv }) => {
    const shop = shopRun(onTestFinished);
    writeLog(shop, "Main/backend", "an error occurred\n");
    const { exit, stdout, stderr } = await shop.command(...argv, "--json");
    expect(stderr).toBe("");
    expect(schemaProblems(argv[0], JSON.parse(stdout))).toEqual([]);
    expect(exit).toBe(0);
  });

  test("they fit too when nothing was ever started", async () => {
    const shop = shopRun(onTestFinished, { hasRun: false });
    for (const name of ["status", "show-state", "list-targets"]) expect(schemaProblems(name, JSON.parse((await shop.command(name, "--json")).stdout))).toEqual([]);
    for (const name of ["health", "errors", "endpoints", "logs", "clear-logs", "report"]) {
      const { exit, stdout } = await shop.command(name, "--json");
      expect(schemaProblems("error", JSON.parse(stdout))).toEqual([]);
      expect([name, exit]).toEqual([name, 1]);
    }
  });

  test("they fit in bad times, and the exit codes say so", async () => {
    const failure = { reason: "process_exited", message: "backend ended with exit code 3", hint: "look", logTail: ["boom"], cause: { reason: "internal", message: "why" } } as const;
    const shop = shopRun(onTestFinished, {
      events: [
        { type: "unit_failed", unitId: "Main/postgres", failure: { reason: "runtime_missing", message: "no postgres" } },
        { type: "unit_crashed", unitId: "Main/backend", exit: { kind: "code", code: 3 }, failure },
        { type: "unit_blocked", unitId: "Main/frontend", failure: { reason: "dependency_failed", message: "backend is not ready", cause: failure } },
        ready("Main/worker", 14),
        { type: "unit_starting", unitId: "feature/backend", mark: "m", logPath: "/nowhere/log", environmentId: "e" },
        { type: "unit_started", unitId: "feature/backend", handle: handle(22) },
      ],
      truths: { "Main/worker": dead, "feature/backend": { state: "unknown", because: "another pid namespace" } },
    });
    for (const [name, wanted] of [["status", 0], ["health", 1], ["errors", 1], ["endpoints", 0], ["show-state", 0]] as const) {
      const { exit, stdout } = await shop.command(name, "--json");
      expect(schemaProblems(name, JSON.parse(stdout))).toEqual([]);
      expect([name, exit]).toEqual([name, wanted]);
    }
  });

  test("the artifacts of a run fit theirs", async () => {
    const shop = shopRun(onTestFinished);
    for (const name of ["run_state", "runtime_map", "ports_manifest", "error_report"]) {
      expect(schemaProblems(name, JSON.parse(readFileSync(join(shop.runtime.scope.root, `${name}.json`), "utf8")))).toEqual([]);
    }
    const lines = readFileSync(join(shop.runtime.scope.root, "events.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(10);
    expect(shop.runtime.repository.events(shop.runtime.repository.list()[0] ?? "").flatMap((event) => schemaProblems("events", event))).toEqual([]);
  });
});

describe("status", () => {
  test("a recorded ready unit whose process is gone is stale, not running", async () => {
    const shop = shopRun(onTestFinished, { truths: { "Main/postgres": alive(11), "Main/backend": dead, "Main/frontend": alive(13, false), "Main/worker": alive(14), "feature/backend": alive(22) } });
    const { stdout } = await shop.command("status", "--project", "Main");
    expect(stdout.replaceAll(/\s+http\S+/g, "")).toBe(`PROJECT  UNIT      STATUS       FOR  PID   URL
Main     postgres  healthy      10m  1011  :5432
Main     backend   stale        10m
Main     frontend  unreachable  10m  1013
Main     worker    running      10m  1014
Main/backend: its process is gone; \`envctl resume\` starts it again
Main/frontend: it lives, but nothing of it listens on port 9000
`);
  });

  test("a damaged view on disk is made good and told", async () => {
    const shop = shopRun(onTestFinished);
    writeFileSync(join(shop.runtime.scope.root, "run_state.json"), "{ broken");
    const report = JSON.parse((await shop.command("show-state", "--json")).stdout) as { readonly found: boolean; readonly warnings: readonly string[] };
    expect(report.found).toBe(true);
    expect(report.warnings.join()).toContain("run_state.json");
    expect((await shop.command("status")).exit).toBe(0);
  });

  test("the log of events alone is enough", async () => {
    const shop = shopRun(onTestFinished);
    rmSync(join(shop.runtime.scope.runs, shop.runtime.repository.list()[0] ?? "", "run_state.json"));
    expect((await shop.command("status")).stdout).toContain("running");
  });

  test("an unknown name is not found: exit 2, with the nearest one", async () => {
    const shop = shopRun(onTestFinished);
    expect(await shop.command("status", "--service", "bakend")).toEqual({ exit: 2, stdout: "", stderr: 'No unit is called "bakend".\n  → Did you mean "backend"?\n' });
    expect(await shop.command("status", "--project", "featur")).toEqual({ exit: 1, stdout: "", stderr: 'No project of this run is called "featur".\n  → Did you mean "feature"? Active: Main, feature.\n' });
    expect(JSON.parse((await shop.command("endpoints", "--project", "other", "--json")).stdout)).toMatchObject({ ok: false, error: { reason: "requested_project_not_running", hint: "Active: Main, feature." } });
    expect((await shop.command("status", "--project", "fea*")).stdout).not.toContain("Main");
  });
});

describe("health", () => {
  test("an optional unit that is down degrades, and fails only when strict", async () => {
    const truths = { "Main/postgres": alive(11), "Main/backend": alive(12), "Main/frontend": alive(13), "Main/worker": dead, "feature/backend": alive(22) };
    const shop = shopRun(onTestFinished, { truths });
    const lax = await shop.command("health", "--json");
    expect(JSON.parse(lax.stdout)).toMatchObject({ overall: "degraded", ok: true, optional_failures: ["Main/worker"], blocking: false, strict_blocking: true });
    expect(lax.exit).toBe(0);
    expect((await shop.command("health", "--strict")).exit).toBe(1);
  });

  test("what was stopped on purpose is no failure, unless nothing is left", async () => {
    const stopped = (unitId: string) => ({ type: "unit_stopped", unitId, exit: { kind: "code", code: 0 }, killed: [] }) as const;
    const partly = shopRun(onTestFinished, { events: [ready("Main/postgres", 11), ready("Main/backend", 12), stopped("Main/frontend"), stopped("Main/worker"), stopped("feature/backend")] });
    expect((await partly.command("health")).exit).toBe(0);
    const wholly = shopRun(onTestFinished, { events: ["Main/postgres", "Main/backend", "Main/frontend", "Main/worker", "feature/backend"].map(stopped), truths: {} });
    const { exit, stdout } = await wholly.command("health", "--json");
    expect([exit, (JSON.parse(stdout) as { readonly overall: string }).overall]).toEqual([1, "unhealthy"]);
  });
});

describe("endpoints", () => {
  test("one project's are at the top as well", async () => {
    const shop = shopRun(onTestFinished);
    const one = JSON.parse((await shop.command("endpoints", "--project", "Main", "--json")).stdout) as object;
    expect(one).toMatchObject({ project: "Main", backend: { port: 8000, public_url: "http://localhost:8000", health_url: "http://localhost:8000/healthz" }, dependencies: { postgres: { status: "healthy", port: 5432, resources: { primary: 5432 } } } });
    expect(JSON.parse((await shop.command("endpoints", "--json")).stdout)).not.toHaveProperty("project");
  });
});

test("without a configuration, start names the command that makes one", async () => {
  const shop = shopRun(onTestFinished, { hasRun: false });
  rmSync(join(shop.repository, ".envctl"));
  const { exit, stderr } = await shop.command("start");
  expect([exit, stderr]).toEqual([1, `There is no .envctl in ${shop.repository}.\n  → Create one from what the repository holds: \`envctl config\` asks, \`envctl config --detect --write\` does not.\n`]);
});
