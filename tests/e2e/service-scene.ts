/** A repository with services of its own, allowed to run, and connections to its daemon. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { sendSignal } from "../../src/host/signals.ts";
import type { Envctl } from "../../src/sdk/api.ts";
import { connect } from "../../src/sdk/connect.ts";
import { isAlive } from "../rig/processes.ts";
import { eventually } from "../rig/wait.ts";
import { scene, type Scene } from "./scene.ts";

export interface ServiceScene extends Scene {
  /** A connection that ends with the test. */
  connected(): Promise<Envctl>;
  /** What `svc WORDS --json` answers. */
  svc(...words: readonly string[]): Promise<unknown>;
  /** One member of that. */
  told(member: string, ...words: readonly string[]): Promise<string>;
  daemonPid(): Promise<number>;
  /** kill -9, and waits until it is gone. */
  killDaemon(): Promise<void>;
  /** `svc_NAME/FILE` of the repository. */
  writeService(path: string, content: string): void;
}

const echo = `
import { appendFileSync } from "node:fs";
appendFileSync(new URL("../../../loaded", import.meta.url), "loaded\\n");
export class Echo {
  static methods = ["echo", "fail", "sleep", "pid", "block"];
  echo(value) { return value; }
  fail(text) { throw new RangeError(text, { cause: new Error("the disk") }); }
  async sleep(ms) { await new Promise((over) => setTimeout(over, ms)); return "slept"; }
  pid() { return process.pid; }
  block() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }
  secret() { return "not listed"; }
}
`;

const counter = `
import { appendFileSync } from "node:fs";
export class Counter {
  static methods = ["add", "count", "other"];
  static instanceMode = "singleton";
  #count = 0;
  #context;
  constructor(context) {
    this.#context = context;
    appendFileSync(new URL("../../../made", import.meta.url), "made\\n");
    context.log("a counter was made");
  }
  add(by = 1) { this.#count += by; this.#context.emit("count", this.#count); return this.#count; }
  count() { return this.#count; }
  async other(text) { const echo = await this.#context.get("echo"); return [await echo.echo(text), await echo.pid() !== process.pid]; }
}
`;

const manifests = { echo: { about: "Says what it hears" }, counter: { about: "Counts", type: "number", capabilities: ["gpu"], capacity: 1, version: "1.0.0" } };

/** With an `echo` per connection and a `counter` for all. */
export async function serviceScene(): Promise<ServiceScene> {
  const files = { echo, counter };
  const sources = (Object.keys(files) as readonly (keyof typeof files)[]).flatMap((name) => [[`.envctl.d/services/svc_${name}/index.mjs`, files[name]], [`.envctl.d/services/svc_${name}/service.json`, JSON.stringify(manifests[name])]]);
  const stack = await scene(() => ({}), { files: Object.fromEntries(sources) as Readonly<Record<string, string>> });
  const svc = async (...words: readonly string[]): Promise<unknown> => (await stack.envctl(["svc", ...words, "--json"])).json();
  const daemonPid = async (): Promise<number> => Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
  await stack.envctl(["trust"]);
  return {
    ...stack,
    svc,
    daemonPid,
    told: async (member, ...words) => String(Reflect.get((await svc(...words)) as object, member)),
    connected: async () => {
      const envctl = await connect({ cwd: stack.repo.root, env: stack.env });
      onTestFinished(() => envctl.close());
      return envctl;
    },
    killDaemon: async () => {
      const pid = await daemonPid();
      sendSignal(pid, "SIGKILL");
      await eventually(() => !isAlive(pid), "the end of the daemon");
    },
    writeService: (path, content) => stack.repo.write(join(".envctl.d/services", `svc_${path}`), content),
  };
}

/** What a call of the shell is about: its exit code, and the first line of what it says. */
export async function refusal(stack: Scene, ...words: readonly string[]): Promise<readonly unknown[]> {
  const { code, stderr } = await stack.envctl(["svc", ...words]);
  return [code, stderr.split("\n")[0]];
}
