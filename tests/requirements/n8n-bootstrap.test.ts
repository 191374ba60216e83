/** The first steps of an n8n, with a stand-in for it: what is done once, what is done again, and what is refused. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { secretReference } from "../../src/model/secrets.ts";
import type { PrepareInput } from "../../src/requirements/adapter.ts";
import { n8n } from "../../src/requirements/n8n.ts";
import { bootstrapN8n } from "../../src/requirements/n8n-bootstrap.ts";
import type { N8nSettings } from "../../src/requirements/n8n-settings.ts";
import { startProgram } from "../rig/program.ts";
import { freePorts } from "../rig/ports.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";
import { configOf, createBench } from "./bench.ts";

interface Place {
  readonly told: string[];
  bootstrap(password?: string): Promise<void>;
  write(name: string, content: unknown): void;
  remove(name: string): void;
  /** Name of a workflow → whether it is active. */
  workflows(): Promise<Readonly<Record<string, boolean>>>;
  rename(id: string, name: string): Promise<void>;
}

const standIn = new URL("../rig/images/n8n-stand-in.mjs", import.meta.url).pathname;
const node = { id: "a", name: "Start", type: "manual" };
const workflow = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({ id: name, name, nodes: [node], connections: {}, ...more });

async function place(): Promise<Place> {
  const { host } = createBench(onTestFinished);
  const projectRoot = temporaryDirectory(onTestFinished, "checkout");
  const dataDirectory = join(projectRoot, "data");
  for (const name of ["flows", "data"]) mkdirSync(join(projectRoot, name));
  const port = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const program = startProgram([process.execPath, standIn], { cwd: projectRoot, env: { N8N_USER_FOLDER: dataDirectory, N8N_PORT: String(port), N8N_LISTEN_ADDRESS: "127.0.0.1" } });
  onTestFinished(async () => {
    program.signal("SIGTERM");
    await program.ended;
  });
  await eventually(() => fetch(`${url}/rest/settings`).then(() => true, () => false), "the stand-in answers", 20_000);
  const told: string[] = [];
  const input = (password: string): PrepareInput<N8nSettings> => ({
    project: "Main", name: "n8n", settings: n8n.settings(configOf("n8n", { workflows: "flows" })) as N8nSettings, runtime: { program: "", version: "", source: "", env: {} },
    ports: { main: port }, dataDirectory, projectRoot, secret: (name) => secretReference("Main/n8n", name), reveal: () => password, keep: () => undefined,
    progress: (text) => told.push(text), signal: AbortSignal.timeout(30_000),
  });
  const headers = { cookie: "n8n-auth=owner" };
  return {
    told,
    bootstrap: (password = "Secret-123") => bootstrapN8n(input(password), { ...host, clock: systemClock, machine: observeMachine() }),
    write: (name, content) => writeFileSync(join(projectRoot, "flows", name), JSON.stringify(content)),
    remove: (name) => rmSync(join(projectRoot, "flows", name)),
    workflows: async () => {
      const { data } = (await (await fetch(`${url}/rest/workflows`, { headers })).json()) as { readonly data: readonly { readonly name: string; readonly active: boolean }[] };
      return Object.fromEntries(data.map(({ name, active }) => [name, active]));
    },
    rename: async (id, name) => {
      await fetch(`${url}/rest/workflows/${id}`, { method: "PATCH", headers, body: JSON.stringify({ name }) });
    },
  };
}

test("the owner is made once; a file is imported once, again when it has changed, and what people change stays", async () => {
  const one = await place();
  one.write("2.json", workflow("second"));
  one.write("1.json", workflow("first", { active: true }));
  await one.bootstrap();
  expect(one.told).toEqual(["making owner@envctl.example the owner", "importing 1.json", "importing 2.json"]);
  expect(await one.workflows()).toEqual({ first: true, second: false });
  await one.rename("second", "mine");
  await one.bootstrap();
  expect(one.told).toHaveLength(3);
  expect(await one.workflows()).toEqual({ first: true, mine: false });
  one.write("2.json", workflow("second", { active: true }));
  await one.bootstrap();
  expect(one.told.slice(3)).toEqual(["importing 2.json"]);
  expect(await one.workflows()).toEqual({ first: true, second: true });
});

test("what n8n refuses is told with its words, and what was imported before stays imported", async () => {
  const one = await place();
  one.write("1.json", workflow("first"));
  one.write("2.json", workflow("x".repeat(129), { id: "long" }));
  await expect(one.bootstrap()).rejects.toThrow("2.json could not be imported (n8n answers 400: Workflow name must be 128 characters or less)");
  one.write("2.json", workflow("hollow", { nodes: [], active: true }));
  await expect(one.bootstrap()).rejects.toThrow("2.json was imported, but could not be activated (n8n answers 400: Workflow has no node to start)");
  await expect(one.bootstrap("Other-123")).rejects.toThrow("the owner owner@envctl.example cannot log in; was the password changed in n8n?");
  one.remove("2.json");
  one.told.length = 0;
  await one.bootstrap();
  expect(one.told).toEqual([]);
});
