/**
 * The real n8n: one start of two side by side, then everything that can be asked of them. Where the tests' cache has none, npm
 * installs it first, which takes minutes.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { listeners } from "../../src/host/sockets.ts";
import { installedN8n, installMs } from "../rig/installed-n8n.ts";
import { ofType, reportOf, scene, type Configuration, type Scene } from "./scene.ts";

beforeAll(async () => console.info(await installedN8n()), installMs + 10_000);

const webhook = {
  name: "Ping",
  active: true,
  nodes: [
    { id: "a", name: "Webhook", type: "n8n-nodes-base.webhook", typeVersion: 2, position: [0, 0], webhookId: "ping", parameters: { path: "ping", responseMode: "lastNode", options: {} } },
    { id: "b", name: "Set", type: "n8n-nodes-base.set", typeVersion: 3.4, position: [200, 0], parameters: { mode: "raw", jsonOutput: '{"pong":42}', options: {} } },
  ],
  connections: { Webhook: { main: [[{ node: "Set", type: "main", index: 0 }]] } },
  settings: { executionOrder: "v1" },
};
const files = { "flows/10-ping.json": JSON.stringify(webhook), "flows/20-empty.json": JSON.stringify({ id: "empty", name: "Empty", nodes: [], connections: {} }) };

const requirement = (port: number, more: Configuration = {}): Configuration => ({
  services: { app: { command: ["sleep", "600"], depends_on: ["n8n"] } },
  requirements: { n8n: { port, workflows: "flows", owner: { email: "dev@shop.example" }, ...more } },
});

interface Account {
  readonly url: string;
  /** The editor's own interface, as its owner. */
  ask(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly data: unknown }>;
  names(): Promise<readonly string[]>;
}

/** Logs in with what a service of the project is told. Fails when that is refused. */
async function owner(stack: Scene, project: string): Promise<Account> {
  const env = (await stack.envctl(["env", "app", "--project", project, "--reveal", "--json"])).at("env") as Readonly<Record<string, string>>;
  const { N8N_URL: url = "", N8N_OWNER_EMAIL: emailOrLdapLoginId, N8N_OWNER_PASSWORD: password } = env;
  const login = await fetch(`${url}/rest/login`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ emailOrLdapLoginId, password }) });
  expect([project, login.status]).toEqual([project, 200]);
  const headers = { cookie: login.headers.getSetCookie()[0] ?? "", "content-type": "application/json" };
  const ask: Account["ask"] = async (method, path, body) => {
    const response = await fetch(`${url}/rest${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: response.status, data: ((await response.json()) as { readonly data: unknown }).data };
  };
  const names = async (): Promise<readonly string[]> => ((await ask("GET", "/workflows")).data as readonly { readonly name: string }[]).map(({ name }) => name).sort();
  return { url, ask, names };
}

/** Somebody else's server on the port that Main's task runners would get. */
async function stranger(port: number): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
}

test("two side by side, one in SQLite and one in PostgreSQL: owners, workflows, ports, data that stay, and what goes wrong", { timeout: 400_000 }, async () => {
  const stack = await scene((port) => requirement(port), { worktrees: ["a"], files });
  const inPostgres = requirement(stack.port, { database: "postgres" });
  const own = { ...inPostgres, requirements: { ...(inPostgres["requirements"] as Configuration), postgres: { version: 16, port: stack.port + 5 } } };
  writeFileSync(join(stack.repo.worktree("a"), ".envctl"), JSON.stringify(own));
  await stranger(stack.port + 1);
  const started = await stack.envctl(["start", "--project", "Main", "--project", "a", "--json"], { timeoutMs: 240_000 });
  expect([started.code, reportOf(started).failures]).toEqual([0, []]);
  expect(ofType(stack.events(), "warning"), "owner and workflows came without trouble").toEqual([]);
  const [main, a] = [await owner(stack, "Main"), await owner(stack, "a")];
  expect([await main.names(), await a.names()]).toEqual([["Empty", "Ping"], ["Empty", "Ping"]]);
  expect(await Promise.all([main, a].map(async ({ url }) => (await fetch(`${url}/webhook/ping`)).json()))).toEqual([{ pong: 42 }, { pong: 42 }]);
  expect(await tables(await databaseOf(stack, "a"))).toBeGreaterThan(20);

  const ports = Object.values(stack.state().units).filter(({ spec }) => spec.name === "n8n").flatMap(({ spec }) => spec.ports.map(({ port }) => port));
  expect(ports).toHaveLength(4);
  expect(ports, "somebody else has it").not.toContain(stack.port + 1);
  expect(listeners().filter(({ port }) => ports.includes(port)).map(({ address }) => address)).toEqual(["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"]);

  const other = stack.repository({ files: { ".envctl": JSON.stringify({ version: 1, requirements: { n8n: { engine: "external" } } }) } });
  expect((await stack.envctl(["start"], { cwd: other.root, env: { N8N_URL: a.url } })).code, "another repository uses it by its URL").toBe(0);

  // What people change stays, and is in a copy of a moment.
  const [ping] = (await main.ask("GET", "/workflows")).data as readonly { readonly id: string; readonly name: string }[];
  expect((await main.ask("PATCH", `/workflows/${ping?.id}`, { name: "Mine" })).status).toBe(200);
  const edited = await main.names();
  expect((await stack.envctl(["db", "snapshot", "edited", "--requirement", "n8n"])).code).toBe(0);
  expect((await main.ask("PATCH", `/workflows/${ping?.id}`, { name: "Spoilt" })).status).toBe(200);
  const restored = await stack.envctl(["db", "restore", "edited", "--requirement", "n8n", "--json"], { timeoutMs: 180_000 });
  expect(restored.jsonLines().at(-1)).toMatchObject({ ok: true, restarted: true });
  expect(await (await owner(stack, "Main")).names()).toEqual(edited);
  expect((await stack.envctl(["db", "snapshot", "x", "--requirement", "n8n", "--project", "a"])).stderr).toContain("the workflows of n8n are in PostgreSQL");
  expect(ofType(stack.events(), "warning")).toEqual([]);

  await stack.envctl(["stop", "--project", "Main"]);
  writeFileSync(join(stack.scope(), "data/Main/n8n/.n8n/config"), JSON.stringify({ encryptionKey: "another" }));
  expect((await stack.envctl(["start", "--main"])).stdout).toContain("were written with another encryption key");
  stack.repo.write("flows/10-ping.json", "{");
  expect((await stack.envctl(["start", "--main"])).stdout).toContain("10-ping.json is no workflow n8n could import");
});

async function databaseOf(stack: Scene, project: string): Promise<string> {
  return (await stack.envctl(["db", "url", "--project", project])).stdout.trim();
}

async function tables(url: string): Promise<number> {
  const client = new Client(url);
  await client.connect();
  const { rows } = await client.query<{ readonly count: string }>("select count(*) from pg_tables where schemaname like 'n8n_a_%'").finally(() => client.end());
  return Number(rows[0]?.count);
}

test("without the PostgreSQL it is to use, the plan says what to add", async () => {
  const stack = await scene((port) => requirement(port, { database: "postgres" }), { files });
  expect((await stack.envctl(["start"])).stderr).toContain("n8n of Main uses postgres, which takes no part");
});
