/** n8n in a container: with an image that stands in for it, never with n8n's own, which no registry is asked for here. */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect } from "vitest";
import { listeners } from "../../src/host/sockets.ts";
import { ofType, reportOf, type Configuration } from "../e2e/scene.ts";
import { engineTest } from "../rig/docker-engine.ts";
import { yard, type Yard } from "./yard.ts";

const test = engineTest;

const flow = (name: string): string => JSON.stringify({ id: name, name, active: true, nodes: [{ id: "a" }], connections: {} });

async function variables(place: Yard): Promise<Readonly<Record<string, string>>> {
  return (await place.envctl(["env", "web", "--reveal", "--json"])).at("env") as Readonly<Record<string, string>>;
}

/** Names of workflows, as the owner sees them. Fails when the owner cannot log in. */
async function workflows({ N8N_URL: url, N8N_OWNER_EMAIL: emailOrLdapLoginId, N8N_OWNER_PASSWORD: password }: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const login = await fetch(`${url}/rest/login`, { method: "POST", body: JSON.stringify({ emailOrLdapLoginId, password }) });
  expect(login.status).toBe(200);
  const listed = (await (await fetch(`${url}/rest/workflows`, { headers: { cookie: login.headers.getSetCookie()[0] ?? "" } })).json()) as { readonly data: readonly { readonly name: string; readonly active: boolean }[] };
  return listed.data.map(({ name, active }) => `${name} ${active ? "active" : "inactive"}`);
}

test("a stand-in for n8n in a container: owner and workflows, its address for others, and the data of its volume are there again", async ({ engine }) => {
  const image = await engine.image("n8n-stand-in");
  const place = await yard(
    engine,
    (port) => ({
      requirements: { n8n: { engine: "docker", image, port, workflows: "flows" } },
      services: { web: { command: ["sleep", "infinity"], depends_on: ["n8n"] }, inside: { image, run: ["sh", "-c", 'echo "at $N8N_URL"; exec sleep 100000'], depends_on: ["n8n"], stop: { grace: "100ms" } } },
    }),
    { files: { "flows/1.json": flow("first") } },
  );
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  expect(ofType(place.events(), "warning")).toEqual([]);
  const env = await variables(place);
  expect(await workflows(env)).toEqual(["first active"]);
  expect((await place.envctl(["logs", "--service", "inside"])).stdout).toContain("at http://n8n.main.internal:5678");
  expect(listeners().filter(({ port }) => port === Number(env["N8N_PORT"])).map(({ address }) => address)).toEqual(["127.0.0.1"]);
  expect(place.state().units["Main/n8n"]?.spec.ports.map(({ name }) => name), "its task runners need no number here").toEqual(["main"]);

  expect(reportOf(await place.envctl(["stop-all", "--json"]))).toMatchObject({ ok: true });
  const secrets = join(place.scope(), "secrets");
  renameSync(secrets, `${secrets}.away`);
  expect((await place.envctl(["start"])).stdout, "a new key for old data").toContain("Mismatching encryption keys");
  rmSync(secrets, { recursive: true });
  renameSync(`${secrets}.away`, secrets);
  place.repo.write("flows/2.json", flow("second"));
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  expect(await variables(place)).toEqual(env);
  expect(await workflows(env)).toEqual(["first active", "second active"]);

  await place.envctl(["stop-all"]);
  place.repo.write("flows/2.json", "{");
  expect((await place.envctl(["start"])).stdout).toContain("2.json is no workflow n8n could import");
});

test("n8n in a container is refused what needs its files here, and its image is of its version", async ({ engine }) => {
  const place = await yard(engine, (port) => ({ requirements: { n8n: { engine: "docker", port, seed: "main" } } }));
  expect((await place.envctl(["start"])).stderr).toContain("requirements.n8n.seed fills a data directory of this machine, and requirements.n8n.engine is docker");
  place.configure({ requirements: { n8n: { engine: "docker", port: place.port } } });
  const plan = (await place.envctl(["explain-startup", "--json"])).stdout;
  expect(plan).toContain("n8nio/n8n:2.8.4");
});

test("a stand-in for n8n in a container keeps its workflows in the project's PostgreSQL, in a schema of its project; one it cannot reach is refused", async ({ engine }) => {
  const [image, postgres] = [await engine.image("n8n-stand-in"), await engine.image("postgres")];
  const configuration = (port: number, settings: object): Configuration => ({
    requirements: { n8n: { engine: "docker", image, port, workflows: "flows", database: "postgres" }, postgres: { version: 15, port: port + 5, isolation: "shared", ...settings } },
    services: { web: { command: ["sleep", "infinity"], depends_on: ["n8n"] } },
  });
  const inContainer = { engine: "docker", image: postgres };
  const place = await yard(engine, (port) => configuration(port, inContainer), { files: { "flows/1.json": flow("first") }, worktrees: ["a"] });
  expect(reportOf(await place.envctl(["start", "--project", "Main,a", "--json"]))).toMatchObject({ ok: true });
  expect(await workflows(await variables(place))).toEqual(["first active"]);
  const client = new Client((await place.envctl(["db", "url", "--requirement", "postgres"])).stdout.trim());
  await client.connect();
  const { rows } = await client.query("select table_schema as schema from information_schema.tables where table_name = 'stand_in' order by 1").finally(() => client.end());
  expect(rows).toEqual([{ schema: "n8n" }, { schema: expect.stringMatching(/^n8n_a_[0-9a-f]{6}$/) }]);
  await place.envctl(["stop-all"]);
  place.repo.write("flows/1.json", flow("second"));
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  expect(await workflows(await variables(place)), "what PostgreSQL kept, and the new one").toEqual(["first active", "second active"]);
  await place.envctl(["stop-all"]);
  place.configure(configuration(place.port, { engine: "embedded" }));
  expect((await place.envctl(["start"])).stdout).toContain("n8n runs in a container, which does not reach the PostgreSQL of this machine");
});
