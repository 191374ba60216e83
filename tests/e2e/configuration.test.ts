/** Configurations that cannot be used: every problem at once, each with its place; what runs stays stoppable. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Failure } from "../../src/model/failure.ts";
import { isFree } from "../rig/ports.ts";
import type { Outcome } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { isAlive, reportOf, scene, type Scene } from "./scene.ts";

const empty = (): Promise<Scene> => scene(() => ({}));

/** Every problem of a failed command. */
function problems(outcome: Outcome): readonly Failure[] {
  const answer = outcome.jsonLines().at(-1) as { readonly error: Failure; readonly errors?: readonly Failure[] };
  return answer.errors ?? [answer.error];
}

async function startWith(text: string | Buffer): Promise<{ readonly stack: Scene; readonly outcome: Outcome; readonly found: readonly Failure[] }> {
  const stack = await empty();
  writeFileSync(join(stack.repo.root, ".envctl"), text);
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 1 });
  return { stack, outcome, found: problems(outcome) };
}

test("a dependency cycle is spelled out, at its place", async () => {
  const { stack, found } = await startWith("services:\n  a: { command: run a, depends_on: [b] }\n  b: { command: run b, depends_on: [a] }\n");
  expect(found).toMatchObject([{ reason: "dependency_cycle", place: { file: join(stack.repo.root, ".envctl"), line: expect.any(Number), column: expect.any(Number) } }]);
  expect(found[0]?.message).toMatch(/a .*b .*a/);
});

test("an unknown dependency names the nearest one", async () => {
  const { stack, found } = await startWith("services:\n  backend: { command: run }\n  frontend:\n    command: run\n    depends_on: [bakend]\n");
  expect(found).toMatchObject([{ place: { file: join(stack.repo.root, ".envctl"), line: 5, column: 5 } }]);
  expect(JSON.stringify(found)).toContain("backend");
});

test("a name written twice is an error at the second place", async () => {
  const { stack, found } = await startWith("services:\n  backend: { command: one }\n  backend: { command: two }\n");
  expect(found).toMatchObject([{ reason: "configuration_invalid", place: { file: join(stack.repo.root, ".envctl"), line: 3, column: 3 } }]);
});

test("a service and a requirement of one name are an error", async () => {
  const { found } = await startWith("services:\n  redis: { command: one }\nrequirements:\n  redis: {}\n");
  expect(found).toMatchObject([{ reason: "configuration_invalid", place: { line: expect.any(Number) } }]);
});

test("D11 variables of the caller have defaults, or are told missing at their place; secret ones are shown as stars", async () => {
  const { stack, found } = await startWith('services:\n  a:\n    command: sleep 600\n    env:\n      MODE: "${MODE:-dev}"\n      API_TOKEN: "${API_TOKEN:?ask a colleague}"\nsecrets: [API_TOKEN]\n');
  expect(found).toMatchObject([{ message: expect.stringMatching(/services\.a\.env\.API_TOKEN of Main: .*API_TOKEN:\?ask a colleague/) as string, place: { file: join(stack.repo.root, ".envctl"), line: 6 } }]);
  const plan = await stack.envctl(["start", "--dry-run", "--json"], { env: { API_TOKEN: "s3cr3t-Tok3n-9911" } });
  expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('"MODE":"dev"') as string });
  expect(plan.stdout).not.toContain("s3cr3t");
});

test("all problems are told at once, for people as file:line:column", async () => {
  const stack = await empty();
  stack.repo.write(".envctl", "services:\n  backend: { comand: run, port: high }\n  worker: { command: run, critical: maybe }\nunknown: 1\n");
  const json = await stack.envctl(["start", "--json"]);
  expect(problems(json).map(({ place }) => place?.line)).toEqual(expect.arrayContaining([2, 3, 4]));
  expect(problems(json).length).toBeGreaterThanOrEqual(4);
  const words = await stack.envctl(["start"]);
  expect(words.code).toBe(1);
  for (const place of [":2:14", ":3:37", ":4:1"]) expect(words.stderr).toContain(`.envctl${place}`);
  expect(words.stderr).toContain("command");
});

test("tabs in YAML are an error at their place", async () => {
  const { found } = await startWith("services:\n\tbackend: { command: run }\n");
  expect(found[0]).toMatchObject({ reason: "configuration_invalid", place: { line: 2, column: 1 } });
});

test("a file that is not UTF-8 is an error at its place", async () => {
  const { found } = await startWith(Buffer.from("services:\n  backend: { command: \"caf\xe9\" }\n", "latin1"));
  expect(found).toMatchObject([{ reason: "configuration_invalid", place: { line: 2 } }]);
});

test("a file of 5 MB is refused at once", async () => {
  const { outcome } = await startWith(`# ${"x".repeat(5 * 1024 * 1024)}\nservices: {}\n`);
  expect(outcome.stdout.length).toBeLessThan(5000);
});

test("a directory in the place of the file is an error that names it", async () => {
  const stack = await empty();
  rmSync(join(stack.repo.root, ".envctl"));
  mkdirSync(join(stack.repo.root, ".envctl"));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(1);
  expect(problems(outcome)).toMatchObject([{ reason: "configuration_invalid", place: { file: join(stack.repo.root, ".envctl") } }]);
});

test("an empty file is an error that says so", async () => {
  const { found } = await startWith("");
  expect(found).toMatchObject([{ reason: "configuration_invalid", message: expect.stringContaining("empty"), place: { line: 1, column: 1 } }]);
});

test("with a broken configuration what runs is seen and can be stopped", async () => {
  const stack = await scene((port) => ({ services: { backend: { command: puppet({ listen: "{port}" }), port } } }));
  await stack.envctl(["start"]);
  const pid = stack.pids()["Main/backend"] ?? 0;
  stack.repo.write(".envctl", "services: [\n\t");
  expect((await stack.envctl(["start"])).code).toBe(1);
  expect((await stack.envctl(["status", "--json"])).at("status_counts.running")).toBe(1);
  expect(isAlive(pid)).toBe(true);
  expect((await stack.envctl(["stop", "--json"])).code).toBe(0);
  expect(isAlive(pid)).toBe(false);
  expect(await isFree(stack.port)).toBe(true);
});

const server = `require("http").createServer((q, s) => s.end("hello")).listen(process.env.PORT, "127.0.0.1")`;
const app = { "package.json": JSON.stringify({ name: "hello", scripts: { dev: "node server.js" } }), "server.js": server };

test("without .envctl look-ups work, start names the command that makes one, and that command works", async () => {
  const stack = await scene(() => ({}), { files: app });
  rmSync(join(stack.repo.root, ".envctl"));
  for (const args of [["explain-startup"], ["show-config"], ["preflight"], ["list-targets"], ["status"]]) {
    expect(await stack.envctl([...args, "--json"]), args.join(" ")).toMatchObject({ code: 0 });
  }
  const refused = await stack.envctl(["start"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("envctl config --detect --write");
  expect((await stack.envctl(["config", "--detect", "--write", "--json"])).code).toBe(0);
  const started = await stack.envctl(["start", "--json", "--set", `services.backend.port=${stack.port}`]);
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  const port = reportOf(started).units[0]?.port ?? 0;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello");
});

test("--stdin-json sets and removes values, shows them with --dry-run, and refuses what is wrong with the file as it was", async () => {
  const stack = await empty();
  const [file, before] = [join(stack.repo.root, ".envctl"), "services: # ours\n  web: { command: run }\n  worker: { command: run worker }\n"];
  writeFileSync(file, before);
  const input = (value: unknown): { readonly input: string } => ({ input: typeof value === "string" ? value : JSON.stringify(value) });
  const wanted = { services: { web: { port: 9100 } }, "services.worker": null };
  const shown = await stack.envctl(["config", "--stdin-json", "--dry-run"], input(wanted));
  expect([shown.code, readFileSync(file, "utf8")]).toEqual([0, before]);
  expect(shown.stdout).toMatch(/\+ .*port: 9100[\s\S]*nothing was written/);
  for (const [wrong, words] of [["{", "is not JSON"], ["[1]", "no JSON object"], ["", "is not JSON"], [{ services: { web: { prot: 1 } } }, "did you mean `port`"]] as const) {
    const refused = await stack.envctl(["config", "--stdin-json"], input(wrong));
    expect([refused.code, refused.stderr.includes(words), readFileSync(file, "utf8")], refused.stderr).toEqual([1, true, before]);
  }
  const written = await stack.envctl(["config", "--stdin-json", "--json"], input(wanted));
  expect([written.code, written.at("saved")], written.stderr).toEqual([0, true]);
  const text = readFileSync(file, "utf8");
  expect([text.includes("services: # ours"), text.includes("9100"), text.includes("worker")], text).toEqual([true, true, false]);
});
