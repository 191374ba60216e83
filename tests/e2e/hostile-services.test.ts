/** Services that misbehave, and callers that go away at the wrong moment: the daemon and everybody else go on. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sendSignal } from "../../src/host/signals.ts";
import { envctlProgram } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { refusal, serviceScene, type ServiceScene } from "./service-scene.ts";


const rude = `
export class Rude {
  static methods = ["throwIt", "garbage", "exit", "emit", "circle", "lookalike", "burst"];
  #context;
  constructor(context) { this.#context = context; }
  throwIt(kind) {
    if (kind === "huge") throw new Error("x".repeat(40_000_000));
    if (kind === "null") throw null;
    if (kind === "words") throw Object.assign(new Error("first"), { message: { toString() { throw new Error("never"); } }, stack: 42, name: Symbol("odd"), cause: Object.create(null) });
    if (kind === "getter") throw Object.defineProperty(new Error("gone"), "stack", { get() { throw new Error("never"); } });
  }
  async garbage() {
    for (const message of ["garbage", null, 42, [], { id: 1 }, { jsonrpc: "2.0", method: "push", params: null }, { jsonrpc: "2.0", id: "a", method: "order", params: { action: "constructor" } }, { jsonrpc: "2.0", id: "b", method: "order" }, { jsonrpc: "2.0", id: 99999, result: "late" }]) await new Promise((sent) => process.send(message, sent));
    return "still here";
  }
  exit() { process.exit(7); }
  emit(topic) { this.#context.emit(topic, 1); }
  circle() { const circle = {}; circle.self = circle; return circle; }
  burst(count) { const text = "x".repeat(2000); for (let at = 0; at < count; at += 1) this.#context.emit("burst", text); return count; }
  lookalike() { return { then: "no function", toString: 1, ["__proto__"]: null, "ünïcödé 🎈\\u2028": "\\ud800" }; }
}
`;

test("what a service throws, returns or sends to the daemon by itself harms nobody", async () => {
  const stack = await serviceScene();
  stack.writeService("rude/index.mjs", rude);
  await stack.envctl(["trust"]);
  const envctl = await stack.connected();
  const object = await envctl.get("rude");
  const thrown = async (method: string, ...args: readonly unknown[]): Promise<unknown> => object[method]?.(...args).catch((error: unknown) => error);
  expect(await thrown("throwIt", "null")).toMatchObject({ name: "Error", message: "null" });
  expect(await thrown("throwIt", "words")).toMatchObject({ name: "Symbol(odd)" });
  expect(await thrown("throwIt", "getter")).toMatchObject({ message: "gone" });
  const huge = (await thrown("throwIt", "huge")) as Error;
  expect([huge.message.length < 100_000, huge.message.startsWith("xxx")]).toEqual([true, true]);
  expect(await thrown("circle")).toMatchObject({ name: "TypeError", message: expect.stringContaining("circular") as string });
  expect(await thrown("emit", 42)).toMatchObject({ name: "TypeError", message: "a topic is a text of 200 characters at most" });
  expect(await object["garbage"]?.()).toBe("still here");
  const same = (await object["lookalike"]?.()) as Record<string, unknown>;
  expect([Object.keys(same), Object.getPrototypeOf(same) === Object.prototype]).toEqual([["then", "toString", "__proto__", "ünïcödé 🎈\u2028"], true]);
  expect(await thrown("exit")).toMatchObject({ message: "the process of service rude ended: exit code 7" });
  expect((await stack.envctl(["svc", "call", "echo.echo", "others"])).stdout).toBe('"others"\n');
});

test("a listener too slow for what a service tells is cut off, listens again, and sees by the numbers that it missed something", async () => {
  const stack = await serviceScene();
  stack.writeService("rude/index.mjs", rude);
  await stack.envctl(["trust"]);
  const envctl = await stack.connected();
  const heard: number[] = [];
  const stop = envctl.on({ service: "rude" }, ({ seq }) => heard.push(seq));
  const counter = await envctl.get<{ add(by: number): number }>("counter");
  await counter.add(1);
  const count = 4000;
  // Nothing is read here until the command has ended.
  execFileSync(process.execPath, [envctlProgram, "svc", "call", "rude.burst", String(count)], { cwd: stack.repo.root, env: { ...stack.env } });
  await eventually(async () => {
    await stack.envctl(["svc", "call", "rude.burst", "1"]);
    return (heard.at(-1) ?? 0) > count;
  }, "what it hears again", 30_000);
  // Counted by service: what the counter tells is none of it.
  expect([heard[0], heard.length < count]).toEqual([1, true]);
  stop();
});

/** Is read once the file is there. */
const slow = (file: string): string => `import { existsSync, writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(`${file}.asked`)}, "");
while (!existsSync(${JSON.stringify(file)})) await new Promise((look) => setTimeout(look, 20));
export class Slow { static methods = ["pid"]; pid() { return process.pid; } shutdown() { writeFileSync(${JSON.stringify(`${file}.shut`)}, ""); } }
`;

const needy = `
export class Needy {
  static methods = ["take", "lend", "pid"];
  #context;
  constructor(context) { this.#context = context; }
  async take() { const slow = await this.#context.get("slow"); return slow.pid(); }
  async lend() { const echo = await this.#context.get("echo"); const said = await echo.echo("lent"); await echo[Symbol.asyncDispose](); return said; }
  pid() { return process.pid; }
}
`;

async function handleCount(stack: ServiceScene): Promise<number> {
  return ((await stack.svc("handles")) as { readonly handles: readonly unknown[] }).handles.length;
}

test("D8 D18 what is made for a caller whose time is over, or who is gone, is put away; a service gives back what it borrowed", async () => {
  const stack = await serviceScene();
  const file = join(stack.directory, "slow");
  stack.writeService("slow/index.mjs", slow(file));
  stack.writeService("needy/index.mjs", needy);
  await stack.envctl(["trust"]);
  for (const words of [["new", "slow"], ["call", "slow.pid"]]) expect(await refusal(stack, ...words, "--timeout", "0.2")).toEqual([124, "what makes an object of slow did not answer within 0.2 s"]);

  // One service waits for another, and dies meanwhile: nobody holds what is made then.
  const envctl = await stack.connected();
  const borrower = await envctl.get<{ take(): unknown; lend(): string; pid(): number }>("needy");
  const pid = await borrower.pid();
  expect([await borrower.lend(), await handleCount(stack)]).toEqual(["lent", 1]);
  const taking = borrower.take().catch((error: unknown) => String(error));
  await eventually(() => existsSync(`${file}.asked`), "somebody who waits for the slow one", 30_000);
  sendSignal(pid, "SIGKILL");
  expect(await taking).toContain("the process of service needy ended: SIGKILL");
  writeFileSync(file, "");
  await eventually(() => existsSync(`${file}.shut`), "the end of the objects nobody waited for", 30_000);
  expect(await handleCount(stack)).toBe(0);
  expect((await stack.envctl(["svc", "call", "slow.pid"])).code).toBe(0);
});

test("objects close what they opened also when everything is stopped, or the daemon goes; one that does not come to an end is ended", async () => {
  const stack = await serviceScene();
  const shut = join(stack.directory, "shut");
  const module = (rest: string): string => `import { appendFileSync } from "node:fs";
export class Tidy { static methods = ["hi"]; static instanceMode = "singleton"; hi() { return 1; } shutdown() { appendFileSync(${JSON.stringify(shut)}, "closed "); ${rest} } }`;
  stack.writeService("tidy/index.mjs", module(""));
  stack.writeService("endless/index.mjs", module("return new Promise(() => undefined);"));
  await stack.envctl(["trust"]);
  for (const [words, closed] of [[["stop-all"], "closed closed "], [["daemon", "stop"], "closed closed closed closed "]] as const) {
    for (const name of ["tidy", "endless"]) expect((await stack.envctl(["svc", "call", `${name}.hi`])).stdout).toBe("1\n");
    expect((await stack.envctl(words)).code).toBe(0);
    await eventually(() => existsSync(shut) && readFileSync(shut, "utf8") === closed, "what was opened is closed", 30_000);
  }
});
