/** A pack of a real run holds what is needed and no secret; it and the report work whatever became of daemon and state. */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { puppet } from "../rig/puppet.ts";
import type { Outcome } from "../rig/program.ts";
import { scene, type Configuration, type Scene } from "./scene.ts";

const named = "correct horse/battery+staple";
const guessed = "Tr0ub4dor&3xyz";
const generated = "qPz8-Generated_Password1";
const unknown = "q9XzL2mB7vR4tK8wAAbb";

const talkative = `const s = process.env.GREETING; console.log(s, encodeURIComponent(s), Buffer.from(s).toString("base64"), JSON.stringify({ s })); console.log("postgres://app:${unknown}@db/x"); console.log("author at the keyboard"); setInterval(() => {}, 1000);`;

const shop = (isBroken: boolean) => (port: number): Configuration => ({
  secrets: ["GREETING"],
  services: {
    api: { command: ["node", "-e", talkative], port: "none", ready: { log: "keyboard" }, env: { GREETING: "${env.GREETING}", DATABASE_URL: `postgres://app:${unknown}@db/x`, LEVEL: isBroken ? "debug" : "info" }, stop: { grace: "1s" } },
    web: { command: puppet(isBroken ? { exit: 3 } : { listen: "{port}" }), port, depends_on: ["api"], stop: { grace: "1s" } },
    late: { command: puppet(), port: "none", depends_on: ["web"], stop: { grace: "1s" } },
  },
});

const env = { GREETING: named, STRIPE_SECRET_KEY: guessed };

/** Unpacks an archive; its files by path, without the directory they are in. */
function unpacked(stack: Scene, outcome: Outcome): Readonly<Record<string, string>> {
  const archive = String(outcome.at("path"));
  const to = join(stack.directory, "unpacked");
  mkdirSync(to, { recursive: true });
  const names = execFileSync("tar", ["-xzvf", archive, "-C", to], { encoding: "utf8" }).trim().split("\n");
  return Object.fromEntries(names.map((name) => [name.replace(/^[^/]+\//, ""), readFileSync(join(to, name), "utf8")]));
}

const forms = [named, guessed, generated, unknown].flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64").replace(/=+$/, ""), JSON.stringify(secret).slice(1, -1)]);

test("a pack says what happened, and of no secret anything; a report names the first failure and what is different from the last good run", async () => {
  const stack = await scene(shop(false));
  expect((await stack.envctl(["start"], { env })).code).toBe(0);
  await stack.envctl(["stop-all"]);
  const recordings = join(stack.scope(), "debug", "recordings");
  expect(existsSync(recordings)).toBe(false);
  stack.configure(shop(true)(stack.port));
  mkdirSync(join(stack.scope(), "secrets"), { recursive: true, mode: 0o700 });
  writeFileSync(join(stack.scope(), "secrets", "Main.json"), JSON.stringify({ schemaVersion: 1, values: { "Main/postgres/password": generated } }), { mode: 0o600 });
  expect((await stack.envctl(["start", "--debug"], { env })).code).toBe(1);
  const recorded = readFileSync(join(recordings, readdirSync(recordings)[0] ?? ""), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { readonly kind: string; readonly what?: string });
  expect(recorded.map(({ kind, what }) => `${kind} ${what ?? ""}`)).toEqual(expect.arrayContaining(["session ", "begin start", "sent hello", "sent submit", "received unit_failed", "received result"]));

  // Whatever stands before the command, and whatever is said to a program, its name and those of our own flags are all there is.
  await stack.envctl(["--debug", "exec", "api", "--", "true", "-pS3cret"], { env });
  const newest = readFileSync(join(recordings, readdirSync(recordings).toSorted().at(-1) ?? ""), "utf8");
  expect(recorded.concat(newest.trim().split("\n").map((line) => JSON.parse(line) as { readonly kind: string })).flatMap((line) => schemaProblems("recording", line))).toEqual([]);
  expect([newest, newest.includes("S3cret")]).toEqual([expect.stringContaining('"what":"exec","names":["--debug"]'), false]);

  const report = await stack.envctl(["debug-report", "--against", "last-good", "--json"], { env });
  expect(schemaProblems("debug-report", report.json())).toEqual([]);
  expect(report.json()).toMatchObject({
    ok: false, first_failure: { unitId: "Main/web", reason: "process_exited", chain: [expect.stringContaining("exit code 3")] }, blocked: ["Main/late"],
    against: { differences: expect.arrayContaining([{ unitId: "Main/api", what: "env.LEVEL", before: "info", after: "debug" }, { unitId: "Main/web", what: "failed", before: null, after: expect.any(String) as string }]) as unknown[] },
  });

  const listed = await stack.envctl(["debug-pack", "--dry-run", "--json"], { env });
  const packed = await stack.envctl(["debug-pack", "--json"], { env });
  expect([schemaProblems("debug-pack", packed.json()), listed.at("path"), (await stack.envctl(["debug-last"])).stdout.trim(), (await stack.envctl(["debug-last", "--json"])).at("path")]).toEqual([[], null, packed.at("path"), packed.at("path")]);
  expect(statSync(String(packed.at("path"))).mode & 0o777).toBe(0o600);
  const files = unpacked(stack, packed);
  const manifest = JSON.parse(files["manifest.json"] ?? "") as { readonly files: readonly { readonly path: string; readonly sha256: string; readonly redacted: Readonly<Record<string, number>> }[] };
  expect(schemaProblems("debug_manifest", manifest)).toEqual([]);
  expect(manifest.files.map(({ path }) => path)).toEqual(expect.arrayContaining(["doctor.json", "config.json", "plan.json", "run_state.json", "events.jsonl", "timings.json", "waterfall.svg", "versions.json", "processes.json", "recording.jsonl", "logs/daemon.log", "logs/Main/api.log", "logs/Main/web.log"]));
  expect(manifest.files.filter(({ path, sha256 }) => createHash("sha256").update(files[path] ?? "").digest("hex") !== sha256)).toEqual([]);
  expect(Object.entries(files).flatMap(([path, text]) => forms.filter((form) => text.includes(form)).map((form) => `${path}: ${form}`))).toEqual([]);
  expect(files["waterfall.svg"]).toMatch(/^<svg [^]*Main\/web[^]*failed[^]*<\/svg>$/);
  expect(files["logs/Main/api.log"]).toContain("author at the keyboard");
  expect(manifest.files.find(({ path }) => path === "logs/Main/api.log")?.redacted).toMatchObject({ "known value": expect.any(Number) as number, url: 1 });
});

test("with a daemon that is dead and a state that is damaged there still is a pack, which tells what is missing", async () => {
  const stack = await scene(shop(false));
  await stack.envctl(["start"], { env });
  process.kill(Number((await stack.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
  for (const name of ["run_state.json", "events.jsonl"]) writeFileSync(join(stack.scope(), name), "garbage");
  stack.repo.write(".envctl", "services: [");
  const packed = await stack.envctl(["debug-pack", "--json", "--hash-commands"], { env });
  expect([packed.code, schemaProblems("debug-pack", packed.json())]).toEqual([0, []]);
  expect((packed.at("missing") as readonly { readonly path: string }[]).map(({ path }) => path)).toEqual(expect.arrayContaining(["config.json", "plan.json"]));
  expect(unpacked(stack, packed)["doctor.json"]).toContain("damaged");
  expect((await stack.envctl(["debug-report", "--json"], { env })).json()).toMatchObject({ ok: false, first_failure: null });
  expect(await stack.envctl(["debug-report"], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining("none of its events can be read") as string });
  stack.configure(shop(false)(stack.port));
});
