/** What is secret is shown by no command that was not told to reveal it. */
import { tmpdir } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Control } from "../../src/model/control.ts";
import type { Event } from "../../src/model/events.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { runId, shopRun, startedAt, unitSpec, type ShopRun } from "./shop-run.ts";

const configuration = `version: 1
secrets: [GREETING]
services:
  backend: { command: "node server.js", port: 8000, env: { GREETING: "hello there", API_TOKEN: abc123, URL: "redis://:hunter2@h:1" } }
`;
const env = { GREETING: "hello Main", API_TOKEN: "abc123", URL: "redis://:hunter2@h:1", PLAIN: "shown" };
const hooks = { crashed: [["curl", "https://me:hunter2@pager.example"]] };
const secrets = /hello|abc123|hunter2|s3cret/;

function secretiveShop(): ShopRun {
  return shopRun(onTestFinished, { configuration, specs: (root) => [unitSpec(root, "Main", "backend", { env, secretEnv: ["GREETING"], hooks })], control: controlTelling({ env, secretEnv: ["GREETING"], hooks }) });
}

/** Answers every intent with one planned unit. */
function controlTelling(parts: Parameters<typeof unitSpec>[3]): Control {
  const event: Event = { type: "unit_planned", unitId: "Main/backend", spec: unitSpec("/", "Main", "backend", parts), because: "not running", isAutomatic: false, seq: 1, at: startedAt, runId };
  return {
    preview: async () => { throw new Error("not asked for"); },
    submit: async () => ({ ok: true, exit: 0, intent: "start", durationMs: 1, units: [], killed: [], failures: [], notes: [] }),
    data: async () => { throw new Error("not asked for"); },
    jobs: async () => { throw new Error("not asked for"); },
    state: async () => undefined,
    events: async function* () { yield event; },
  };
}

describe("secrets", () => {
  test.each([
    ["env", "Main/backend"], ["env", "Main/backend", "--json"], ["show-state", "--json"], ["show-config"], ["show-config", "--json"], ["explain", "GREETING"],
    ["explain", "services.backend.env.GREETING"], ["explain-startup", "--json"], ["preflight", "--json"], ["start", "--dry-run", "--json"], ["start", "--json"],
  ].map((argv) => ({ argv, line: argv.join(" ") })))("are not in the answer of `$line`", async ({ argv }) => {
    const { exit, stdout, stderr } = await secretiveShop().command(...argv);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).not.toMatch(secrets);
    expect(stdout).toContain("********");
  });

  test("other values, the form of the answer and the hash of a plan stay", async () => {
    const { stdout } = await secretiveShop().command("explain-startup", "--json");
    expect(schemaProblems("explain-startup", JSON.parse(stdout))).toEqual([]);
    expect(JSON.parse(stdout)).toMatchObject({ hash: "0123456789ab", nodes: [{ spec: { hash: "0123456789ab", env: { PLAIN: "shown", URL: "redis://:********@h:1" } } }] });
  });
});

test("the directory of the caller's shell and a password that everybody knows hide nothing elsewhere", async () => {
  const shop = shopRun(onTestFinished, { environment: { PWD: tmpdir(), POSTGRES_PASSWORD: "postgres", REDIS_PASSWORD: "Main/worker" } });
  const report = JSON.parse((await shop.command("report", "--json")).stdout) as { readonly run: { readonly repository: string; readonly units: readonly { readonly unitId: string }[] } };
  expect(report.run.repository).toContain(tmpdir());
  expect(report.run.units.map(({ unitId }) => unitId)).toEqual(expect.arrayContaining(["Main/postgres", "********"]));
});

describe("show-config", () => {
  test("lists keys as they are written, each with its own line or default, and the warnings", async () => {
    const shop = shopRun(onTestFinished, { configuration: `services:
  a: { command: x, port: 8000, ready: { http: /up, timeout: 2m }, stop: { grace: 500ms } }
  b: { command: y, port: 8000 }
requirements: { postgres: }
` });
    const { stdout } = await shop.command("show-config");
    const rows = stdout.split("\n").map((line) => line.replaceAll(shop.repository, "REPO").replaceAll(/ {2,}/g, " | "));
    expect(rows).toEqual(expect.arrayContaining([
      "services.a.ready.http | /up | REPO/.envctl:2:41", "services.a.ready.timeout | 120s | REPO/.envctl:2:52", "services.a.stop.grace | 500ms | REPO/.envctl:2:75",
      "services.a.stop.signal | SIGTERM | default", "services.b.ready | listener for a service with a port, else none | default", "requirements.postgres.port | the adapter's | default",
    ]));
    expect(rows.join("\n")).toContain("warning: REPO/.envctl:3:20: `services.b.port` and `services.a.port` are both 8000");
    expect((JSON.parse((await shop.command("show-config", "--json")).stdout) as { readonly warnings: readonly string[] }).warnings).toHaveLength(1);
  });

  test("shows launch-env variables with the service, and keys nothing reads as warnings", async () => {
    const shop = shopRun(onTestFinished, { configuration: "ENVCTL_BACKEND_START_CMD=x\nUNKNOWN_THING=1\n# >>> envctl backend launch env >>>\nA=1\n# <<< envctl backend launch env <<<\n" });
    const { stdout } = await shop.command("show-config");
    expect(stdout).toMatch(/^services\.backend\.env\.A +1 +\S+\.envctl:4:1$/m);
    expect(stdout).toMatch(/^services\.backend\.port +8000 +default$/m);
    expect(stdout).toMatch(/^services\.backend\.command +x +\S+\.envctl:1:1$/m);
    expect(stdout).toMatch(/^warning: \S+:2:1: `UNKNOWN_THING` is not used/m);
  });
});
