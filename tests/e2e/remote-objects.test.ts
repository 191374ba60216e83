import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sendSignal } from "../../src/host/signals.ts";
import type { HandleRow } from "../../src/model/service.ts";
import { isAlive } from "../rig/processes.ts";
import { startProgram } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { refusal, serviceScene, type ServiceScene } from "./service-scene.ts";

const waitMs = 30_000;

async function handlesOf(stack: ServiceScene): Promise<readonly Pick<HandleRow, "handle" | "instance" | "service">[]> {
  return ((await stack.svc("handles")) as { readonly handles: readonly HandleRow[] }).handles;
}

function lines(stack: ServiceScene, file: string): number {
  const path = join(stack.repo.root, file);
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n").length : 0;
}

async function names(stack: ServiceScene, ...words: readonly string[]): Promise<readonly unknown[]> {
  return ((await stack.svc("list", ...words)) as readonly { readonly name: string }[]).map(({ name }) => name);
}

test("D3 D9 services are found by name, type and capability without running anything of them, and are loaded once", async () => {
  const stack = await serviceScene();
  const searches = [[], ["--cap", "gpu"], ["--type", "number"], ["--name", "e*"], ["--cap", "tpu"]];
  expect(await Promise.all(searches.map((words) => names(stack, ...words)))).toEqual([["counter", "echo"], ["counter"], ["counter"], ["echo"], []]);
  expect(await stack.svc("show", "counter")).toMatchObject({ about: "Counts", capacity: 1, trusted: true, pid: null, classes: null });
  expect(await refusal(stack, "show", "nope")).toEqual([2, 'there is no service "nope"']);
  expect([lines(stack, "loaded"), existsSync(join(stack.scope(), "daemon.sock"))]).toEqual([0, false]);
  for (const text of ["first", "second"]) expect((await stack.envctl(["svc", "call", "echo.echo", text])).stdout).toBe(`${JSON.stringify(text)}\n`);
  expect(lines(stack, "loaded")).toBe(1);
});

test("D5 services of directories of the user and of plug-ins are found as well; what is the repository's runs once it is trusted", async () => {
  const stack = await serviceScene();
  const external = join(stack.directory, "mine");
  mkdirSync(join(external, "svc_own"), { recursive: true });
  mkdirSync(join(external, "svc_counter"));
  writeFileSync(join(external, "svc_own/index.mjs"), "export class Own { static methods = ['two']; two() { return 2; } }");
  writeFileSync(join(external, "svc_counter/index.mjs"), "export class Counter { static methods = ['count']; count() { return 'mine'; } }");
  stack.repo.write("xyz_echo/index.mjs", "");
  const outside = { env: { ENVCTL_EXTERNAL_SERVICES_PATH: `${external}:${stack.repo.root}` } };
  stack.repo.write("svc_more/index.mjs", "export class More { static methods = ['one']; one() { return 1; } }");
  stack.repo.write("svc_bad/service.json", '{"capacity": 0}');
  const found = (await stack.envctl(["svc", "list", "--json"], outside)).json() as readonly { readonly name: string; readonly path: string; readonly origin: string; readonly trusted: boolean; readonly problem: string | null }[];
  expect(found.map(({ name, origin, trusted }) => [name, origin, trusted])).toEqual([["bad", "external", false], ["counter", "external", true], ["echo", "repository", true], ["more", "external", false], ["own", "external", true]]);
  expect([found[0]?.problem, found[1]?.path]).toEqual([expect.stringContaining("is missing"), join(external, "svc_counter/index.mjs")]);
  expect((await stack.envctl(["svc", "call", "counter.count"], outside)).stdout).toBe('"mine"\n');
  // The user's own directory is the user's word; one inside the repository is the repository's code, whoever names it.
  expect((await stack.envctl(["svc", "call", "own.two"], outside)).stdout).toBe("2\n");
  expect(await stack.envctl(["svc", "call", "more.one"], outside)).toMatchObject({ code: 1, stderr: expect.stringContaining("nobody has allowed to run") as string });
  await stack.envctl(["trust"], outside);
  expect((await stack.envctl(["svc", "call", "more.one"], outside)).stdout).toBe("1\n");

  // A plug-in's row is a service as well, allowed with the plug-in; the repository's own echo stands before the plug-in's.
  stack.repo.write(".envctl.d/plugins/pay.mjs", `const module = new URL("pay/bank.mjs", import.meta.url).pathname; export const plugin = { services: [{ name: "bank", module, capabilities: ["money"] }, { name: "echo", module }] };`);
  stack.repo.write(".envctl.d/plugins/pay/bank.mjs", "export class Bank { static methods = ['pay']; pay(sum) { return sum + 1; } }");
  expect([await names(stack, "--cap", "money"), (await refusal(stack, "call", "bank.pay", "1"))[0]]).toEqual([[], 2]);
  await stack.envctl(["trust"]);
  expect([await names(stack, "--cap", "money"), (await stack.envctl(["svc", "call", "bank.pay", "1"])).stdout, await stack.svc("show", "bank")]).toEqual([["bank"], "2\n", expect.objectContaining({ origin: "plug-in", trusted: true })]);
  expect((await stack.envctl(["svc", "call", "echo.echo", "mine"])).stdout).toBe('"mine"\n');
});

test("D9 a module is read anew only when asked to, and objects that live stay what they are", async () => {
  const stack = await serviceScene();
  const module = (answer: number, mode: string): string => `export class A { static methods = ["tell"]; static instanceMode = "${mode}"; tell() { return ${answer}; } }`;
  for (const [name, mode] of [["one", "per_connection"], ["all", "singleton"]] as const) stack.writeService(`${name}/index.mjs`, module(1, mode));
  await stack.envctl(["trust"]);
  const told = async (debug: boolean): Promise<readonly string[]> => Promise.all(["one.tell", "all.tell"].map(async (target) => (await stack.envctl(["svc", "call", target], { env: debug ? { ENVCTL_DEBUG_RELOAD: "1" } : {} })).stdout.trim()));
  expect(await told(true)).toEqual(["1", "1"]);
  for (const [name, mode] of [["one", "per_connection"], ["all", "singleton"]] as const) stack.writeService(`${name}/index.mjs`, module(2, mode));
  expect(await refusal(stack, "call", "one.tell", "--reload", "--debug")).toEqual([1, expect.stringContaining("nobody has allowed to run as it is now")]);
  await stack.envctl(["trust"]);
  expect(await told(false)).toEqual(["1", "1"]);
  expect(await refusal(stack, "call", "one.tell", "--reload")).toEqual([1, "--reload is for looking for mistakes: say --debug too"]);
  expect(await told(true)).toEqual(["2", "1"]);
  await stack.envctl(["svc", "shutdown", "all"]);
  expect(await told(false)).toEqual(["2", "2"]);
});

test("D6 D10 only methods that are listed can be called; what they throw arrives with its name, words and stack", async () => {
  const stack = await serviceScene();
  const handle = await stack.told("handle", "new", "echo");
  expect((await stack.envctl(["svc", "call", `${handle}.echo`, '{"a":[1,"x"]}'])).stdout).toBe('{"a":[1,"x"]}\n');
  for (const method of ["constructor", "__proto__", "toString", "secret", "then", "methods"]) expect(await refusal(stack, "call", `${handle}.${method}`)).toEqual([2, `echo has no method "${method}" that may be called`]);
  expect(await refusal(stack, "call", "nope.echo")).toEqual([2, 'there is no service "nope"']);
  await stack.envctl(["svc", "drop", handle]);
  expect(await refusal(stack, "call", `${handle}.echo`)).toEqual([2, `unknown handle ${handle}`]);
  expect(await refusal(stack, "drop", handle)).toEqual([2, `unknown handle ${handle}`]);

  const failed = await stack.envctl(["svc", "call", "echo.fail", '"first\\nsecond"']);
  expect([failed.code, failed.stderr.includes("\\n")]).toEqual([1, false]);
  expect(failed.stderr).toMatch(/^RangeError: first\nsecond\n {2}thrown in echo-\w+\n {2}at Echo\.fail .*svc_echo\/index\.mjs:[^]*because: Error: the disk/);
  const json = await stack.envctl(["svc", "call", "echo.fail", "oh", "--json"]);
  expect([json.code, json.at("error.reason"), json.at("error.remote")]).toEqual([1, "remote_error", { name: "RangeError", message: "oh", stack: expect.stringContaining("index.mjs") as string, service: "echo", instance: expect.stringMatching(/^echo-/) as string, cause: { name: "Error", message: "the disk" } }]);
  const envctl = await stack.connected();
  const echo = await envctl.get("echo");
  const error: unknown = await echo["fail"]?.("here").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "RangeError", message: "here", service: "echo", cause: { message: "the disk" }, stack: expect.stringContaining("svc_echo") as string });
});

test("D7 every handle has an object of its own, or all of them share one that is built once, however many ask at once", async () => {
  const stack = await serviceScene();
  const [one, other] = [(await stack.svc("new", "echo")) as HandleRow, (await stack.svc("new", "echo")) as HandleRow];
  expect(one.instance).not.toBe(other.instance);
  const envctl = await stack.connected();
  const counters = await Promise.all(Array.from({ length: 50 }, () => envctl.get<{ add(by: number): number; count(): number }>("counter")));
  await Promise.all(counters.map((counter) => counter.add(1)));
  expect([await counters[7]?.count(), lines(stack, "made"), lines(stack, "loaded")]).toEqual([50, 1, 1]);
  expect(new Set((await handlesOf(stack)).filter(({ service }) => service === "counter").map(({ instance }) => instance)).size).toBe(1);
});

test("D8 D18 handles go with who holds them, a singleton stays until it is shut down; a call that takes too long is given up, and the next one works", async () => {
  const stack = await serviceScene();
  const [first, second, third] = [await stack.told("handle", "new", "counter"), await stack.told("handle", "new", "counter"), await stack.told("handle", "new", "counter")];
  const instance = (await handlesOf(stack))[0]?.instance;
  for (const handle of [first, second]) await stack.envctl(["svc", "drop", handle]);
  expect((await stack.envctl(["svc", "call", `${third}.add`, "5"])).stdout).toBe("5\n");
  expect((await handlesOf(stack)).map((row) => [row.handle, row.instance])).toEqual([[third, instance]]);

  // A client that is killed: its handles go, the singleton stays.
  const envctl = await stack.connected();
  const counter = await envctl.get<{ add(by: number): number }>("counter");
  await envctl.get("echo");
  expect([await counter.add(1), (await handlesOf(stack)).length]).toEqual([6, 3]);
  envctl.close();
  await eventually(async () => (await handlesOf(stack)).length === 1, "the end of its handles", waitMs);
  // A shell that is killed: the same.
  const shell = startProgram(["setsid", "sh", "-c", `"${process.execPath}" "${join(import.meta.dirname, "../../bin/envctl.cjs")}" svc new counter && exec sleep 600`], { cwd: stack.repo.root, env: stack.env, timeoutMs: 90_000 });
  await shell.seen(/counter@/);
  expect((await handlesOf(stack)).length).toBe(2);
  shell.signal("SIGKILL");
  await shell.ended;
  await eventually(async () => (await handlesOf(stack)).length === 1, "the end of the shell's handle", waitMs);

  expect(await stack.svc("shutdown", "counter")).toEqual({ contract_version: "envctl.svc.v1", action: "shutdown", service: "counter", handles: 1, instances: 1 });
  expect(await refusal(stack, "call", `${third}.count`)).toEqual([2, `unknown handle ${third}`]);
  expect((await stack.envctl(["svc", "call", "counter.count"])).stdout).toBe("0\n");
  expect(await stack.told("instance", "new", "counter")).not.toBe(instance);
  const stopped = await stack.envctl(["stop-all"]);
  expect([stopped.code, stopped.stdout]).toEqual([0, expect.stringMatching(/^services\/counter: pid \d+ was still there, and was ended$/m)]);

  const late = await stack.envctl(["svc", "call", "echo.sleep", "600000", "--timeout", "0.3"]);
  expect([late.code, late.stderr.split("\n")[0]]).toEqual([124, "echo.sleep did not answer within 0.3 s"]);
  const again = await stack.connected();
  const echo = await again.get<{ echo(value: number): number }>("echo");
  for (let count = 0; count < 100; count += 1) await echo.echo(count);
  const { methods } = (await stack.svc("stats")) as { readonly methods: readonly Readonly<Record<"count" | "errors" | "min_ms" | "avg_ms" | "p95_ms" | "max_ms", number> & { method: string }>[] };
  expect(methods.map(({ method, count }) => [method, count])).toEqual(expect.arrayContaining([["echo", 100], ["sleep", 1]]));
  const figures = methods.find(({ method }) => method === "echo");
  expect(figures?.errors).toBe(0);
  const { min_ms: least = -1, avg_ms: average = -1, p95_ms: high = -1, max_ms: most = -1 } = figures ?? {};
  expect([0, least, average, most].toSorted((one, other) => one - other)).toEqual([0, least, average, most]);
  expect([least <= high, high <= most]).toEqual([true, true]);
});

test("D4 a service has room for so many reservations; who waits gets the next one, and a holder that is gone gives its own back", async () => {
  const stack = await serviceScene();
  const lease = await stack.told("lease", "reserve", "counter");
  const [code, said] = await refusal(stack, "reserve", "counter");
  expect([code, said]).toEqual([1, expect.stringMatching(/^counter has no room: capacity 1\/1, held by process \d+ \(lease-/)]);
  expect((await stack.envctl(["svc", "reserve", "counter", "--wait", "0.0001"])).code).toBe(124);
  const envctl = await stack.connected();
  const waiting = envctl.reserve("counter", { waitMs: 60_000 });
  await stack.envctl(["svc", "release", lease]);
  const mine = await waiting;
  expect(await stack.svc("show", "counter")).toMatchObject({ reserved: 1 });
  const next = (await stack.connected()).reserve("counter", { waitMs: 60_000 });
  envctl.close();
  expect((await next).lease).not.toBe(mine.lease);
  expect(await refusal(stack, "release", mine.lease)).toEqual([2, `unknown reservation ${mine.lease}`]);
  // No capacity said: no limit.
  for (let count = 0; count < 3; count += 1) expect((await stack.envctl(["svc", "reserve", "echo"])).code).toBe(0);
});

test("D21 large values and bytes go by file and come back the same; nothing of them stays", async () => {
  const stack = await serviceScene();
  const content = randomBytes(5_000_000);
  const [sent, received] = [join(stack.directory, "sent"), join(stack.directory, "received")];
  writeFileSync(sent, content);
  const sha256 = createHash("sha256").update(content).digest("hex");
  expect(await stack.svc("call", "echo.echo", `@${sent}`, "--out", received)).toMatchObject({ result: { type: "large_output", size: content.length, sha256, path: received } });
  expect(readFileSync(received).equals(content)).toBe(true);
  expect(await refusal(stack, "call", "echo.echo", "1", "--out", join(received, "x"))).toEqual([1, expect.stringContaining("the call was answered, but") as string]);
  const envctl = await stack.connected();
  const echo = await envctl.get<{ echo(value: unknown): unknown }>("echo");
  const large = { text: "ä".repeat(100_000), bytes: [Buffer.from("few"), content], none: null };
  const returned = (await echo.echo(large)) as typeof large;
  expect([returned.text === large.text, returned.none, returned.bytes.map((bytes, index) => large.bytes[index]?.equals(bytes))]).toEqual([true, null, [true, true]]);
  await expect(echo.echo({ $bytes: "x" })).rejects.toThrow("a value may have no member $bytes");
  expect(await refusal(stack, "call", "echo.echo", '{"$bytes":"x"}')).toEqual([1, "an argument cannot be handed over: a value may have no member $bytes"]);
  expect(readdirSync(join(stack.scope(), "payloads"))).toEqual([]);
});

test("services call others and tell who listens; their processes end with them, with the daemon, and when they crash the next call starts them again", async () => {
  const stack = await serviceScene();
  const envctl = await stack.connected();
  const heard: unknown[] = [];
  const stop = envctl.on({ service: "counter", topic: "count" }, ({ topic, value }) => heard.push([topic, value]));
  envctl.on({ service: "echo" }, () => heard.push("echo"));
  const counter = await envctl.get<{ add(by: number): number; other(text: string): unknown }>("counter");
  expect(await counter.other("over")).toEqual(["over", true]);
  // Whoever shows it calls nothing of the service.
  expect([JSON.stringify({ counter }), Reflect.get(counter, "toString")]).toEqual(['{"counter":{}}', undefined]);
  for (const by of [1, 2]) await counter.add(by);
  await eventually(() => heard.length === 2, "what it tells", waitMs);
  stop();
  expect(heard).toEqual([["count", 1], ["count", 3]]);
  expect(readFileSync(join(stack.scope(), "services/counter.log"), "utf8")).toBe("a counter was made\n");

  const pid = Number((await stack.envctl(["svc", "call", "echo.pid"])).stdout);
  sendSignal(pid, "SIGKILL");
  const next = await eventually(async () => stack.envctl(["svc", "call", "echo.pid"]).then(({ code, stdout }) => code === 0 && Number(stdout) !== pid && Number(stdout)), "another process", waitMs);
  expect(await counter.add(1)).toBe(4);
  // Nothing outlives a daemon that is killed, except what never yields: the next one ends it.
  const counterPid = (await envctl.services()).find(({ name }) => name === "counter")?.pid ?? 0;
  expect((await stack.envctl(["svc", "call", "echo.block", "--timeout", "0.2"])).code).toBe(124);
  await stack.killDaemon();
  await eventually(() => !isAlive(counterPid), "the end of its process", waitMs);
  await envctl.closed;
  await expect(counter.add(1)).rejects.toThrow("the connection to the daemon was lost");
  expect((await stack.envctl(["svc", "call", "counter.count"])).stdout).toBe("0\n");
  await eventually(() => !isAlive(next), "the end of what never yields", waitMs);
});
