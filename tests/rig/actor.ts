/** The actor as a service, under any executor, and what it answers. */
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { fileURLToPath } from "node:url";
import { serviceExecutors, type ExecutorName } from "../../src/model/unit.ts";

/** What the repository needs: a module lies inside its service's directory. */
export const actorFiles: Readonly<Record<string, string>> = { "actor.mjs": readFileSync(new URL("actor.mjs", import.meta.url), "utf8") };

const program = fileURLToPath(new URL("actor-program.mjs", import.meta.url));

/** Every way to run it. */
export const actorExecutors = serviceExecutors;

export interface ActorAnswer {
  readonly pid: number;
  readonly threadId: number;
  readonly word?: string;
  /** The same from its `process.env`. */
  readonly own?: string;
}

/** A service of a configuration. */
export function actor(executor: ExecutorName, port: number): { readonly port: number } & ({ readonly command: readonly string[] } | { readonly module: string; readonly executor: string }) {
  return executor === "process" ? { command: ["node", program], port } : { module: "actor.mjs", executor, port };
}

/** Asks it to do something: crash, reject, end, let-go, busy, pause; without a word just who it is. */
export function ask(port: number, act = "", patienceMs = 5000): Promise<ActorAnswer> {
  return new Promise((resolve, reject) => {
    const call = get({ host: "127.0.0.1", port, path: `/${act}`, agent: false, timeout: patienceMs }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve(JSON.parse(body) as ActorAnswer));
    });
    call.on("error", reject).on("timeout", () => call.destroy(new Error(`port ${port} did not answer`)));
  });
}
