/** Supabase in containers: its parts, what they are told, how they are reached, with stand-ins that speak the same ports and paths. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { Client } from "pg";
import { expect } from "vitest";
import { reportOf } from "../e2e/scene.ts";
import { engineTest, type TestEngine } from "../rig/docker-engine.ts";
import { eventually } from "../rig/wait.ts";
import { yard, type Yard } from "./yard.ts";

const test = engineTest;
/** A dozen containers start and end. */
const timeout = 180_000;
const parts = ["auth", "rest", "realtime", "storage", "meta", "studio", "functions", "gateway"] as const;
const files = {
  "supabase/migrations/20260101000000_todos.sql": `create table public.todos (id int primary key, title text, owner text default 'service_role');
alter table public.todos enable row level security;
grant select on public.todos to anon, service_role;
create policy "nobody" on public.todos for select to anon using (false);
`,
  "supabase/seed.sql": "insert into public.todos values (1, 'seeded');\n",
  "supabase/functions/hello/index.ts": "Deno.serve(() => new Response('hello'));\n",
};

/** Node 20 has no WebSocket of its own, and none is opened here. */
const noSocket = Object as never;

interface More {
  readonly worktrees?: readonly string[];
  readonly services?: Readonly<Record<string, unknown>>;
}

async function stackOn(engine: TestEngine, settings: Readonly<Record<string, unknown>>, { worktrees = [], services = {} }: More = {}): Promise<Yard> {
  const [database, part] = [await engine.image("postgres"), await engine.image("supabase")];
  const images = Object.fromEntries(parts.map((name) => [name, part]));
  return yard(
    engine,
    (port) => ({
      services: { app: { command: ["sleep", "600"], requires: ["postgres"] }, ...services },
      requirements: { supabase: { engine: "docker", version: 15, image: database, images, port, db_port: port + 1, ...settings } },
    }),
    { files, worktrees },
  );
}

async function variables(place: Yard, unit: string): Promise<Readonly<Record<string, string>>> {
  return (await place.envctl(["env", unit, "--reveal", "--json"])).at("env") as Readonly<Record<string, string>>;
}

test("every part starts, finds the others and the database, and answers behind the gateway", { timeout }, async ({ engine }) => {
  const inside = { image: await engine.image("supabase"), run: ["sh", "-c", 'echo "$SUPABASE_URL $DB_HOST:$DB_PORT"; exec sleep 100000'], depends_on: ["supabase"], stop: { grace: "100ms" } };
  const place = await stackOn(engine, { services: { functions: true } }, { services: { inside } });
  const started = await place.envctl(["start", "--json"], { timeoutMs: timeout });
  expect(reportOf(started).failures).toEqual([]);
  const units = reportOf(started).units.map(({ unitId }) => unitId);
  expect(units).toEqual(expect.arrayContaining(["Main/supabase", ...parts.map((part) => `Main/supabase-${part}`)]));
  const env = await variables(place, "app");
  const { SUPABASE_URL: url = "", SUPABASE_ANON_KEY: anon = "", SUPABASE_SERVICE_ROLE_KEY: service = "" } = env;
  expect(env).toMatchObject({ SUPABASE_URL: `http://127.0.0.1:${place.port}`, SUPABASE_DB_PORT: String(place.port + 1), DB_USER: "postgres" });

  const [everybody, administrator] = [anon, service].map((key) => createClient(url, key, { realtime: { transport: noSocket } })) as [SupabaseClient, SupabaseClient];
  expect(await administrator.from("todos").select()).toMatchObject({ error: null, data: [{ id: 1, title: "seeded", owner: "service_role" }] });
  expect(await everybody.from("todos").select()).toMatchObject({ error: null, data: [] });
  expect(await everybody.auth.admin.listUsers()).toMatchObject({ error: { status: 401 } });
  const ask = async (path: string, key: string): Promise<unknown> => (await fetch(`${url}${path}`, { headers: { apikey: key } })).json();
  expect(await ask("/pg/tables", service)).toEqual([{ name: "todos" }]);
  expect(await ask("/pg/tables", anon)).toEqual({ message: "Invalid authentication credentials" });
  expect(await ask("/realtime/v1/api/tenants", anon)).toEqual({ message: "/api/tenants" });
  expect(await ask("/storage/v1/bucket", anon)).toEqual({ rest: 200, path: "/bucket", keeps: true });
  expect(await ask("/functions/v1/hello", anon)).toEqual({ source: files["supabase/functions/hello/index.ts"] });
  expect(await ask("/", anon)).toEqual({ studio: "Main", shown: url });
  expect((await place.envctl(["supabase-user", "create", "ada@example.com", "--json"])).at("users.0.change")).toBe("created");
  expect(await administrator.auth.admin.listUsers()).toMatchObject({ data: { users: [{ email: "ada@example.com" }] } });
  expect((await place.envctl(["logs", "--service", "inside"])).stdout).toContain("http://supabase-gateway.main.internal:8000 supabase.main.internal:5432");

  // What listens does so on the loopback address alone.
  const published = (await place.containers()).flatMap(({ Ports }) => Ports.flatMap(({ IP }) => (IP === undefined ? [] : [IP])));
  expect(new Set(published)).toEqual(new Set(["127.0.0.1"]));
  expect(reportOf(await place.envctl(["stop", "--service", "supabase", "--json"])).units.map(({ unitId }) => unitId)).toEqual(expect.arrayContaining(["Main/supabase-auth", "Main/supabase-gateway"]));
  expect(reportOf(await place.envctl(["stop-all", "--json"]))).toMatchObject({ ok: true });
  expect(await place.containers()).toEqual([]);
  expect(await place.volumes()).toHaveLength(3);
});

test("parts are switched off one by one, also while the others run; a worktree has keys and ports of its own", { timeout }, async ({ engine }) => {
  const off = { studio: false, storage: false, realtime: false, meta: false };
  const place = await stackOn(engine, { services: off }, { worktrees: ["a"] });
  const started = await place.envctl(["start", "--project", "Main,a", "--json"], { timeoutMs: timeout });
  expect(reportOf(started).failures).toEqual([]);
  const [main, own] = [await variables(place, "Main/app"), await variables(place, "a/app")];
  for (const name of ["SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_DB_PORT"]) expect(own[name]).not.toBe(main[name]);
  const ask = async ({ SUPABASE_URL: url = "" }: Readonly<Record<string, string>>, path: string, key = ""): Promise<readonly unknown[]> => {
    const response = await fetch(`${url}${path}`, { headers: { apikey: key } });
    return [response.status, await response.json()];
  };
  expect(await ask(own, "/storage/v1/bucket")).toEqual([503, { message: "storage is switched off: requirements.supabase.services.storage" }]);
  expect(await ask(own, "/rest/v1/todos", own["SUPABASE_SERVICE_ROLE_KEY"])).toMatchObject([200, [{ title: "seeded" }]]);
  // The key of another project is none.
  expect((await ask(own, "/rest/v1/todos", main["SUPABASE_SERVICE_ROLE_KEY"]))[0]).toBe(401);

  const path = join(place.repo.root, ".envctl");
  writeFileSync(path, readFileSync(path, "utf8").replace('"studio": false', '"studio": false, "auth": false'));
  const changed = await place.envctl(["start", "--main", "--json"]);
  expect(reportOf(changed).units).toEqual(expect.arrayContaining([expect.objectContaining({ unitId: "Main/supabase-auth", action: "stop" }), expect.objectContaining({ unitId: "Main/supabase", action: "adopt" })]));
  expect((await ask(main, "/auth/v1/health", main["SUPABASE_ANON_KEY"]))[0]).toBe(503);
  const client = new Client(main["DATABASE_URL"]);
  await client.connect();
  expect((await client.query("select count(*)::int as todos from todos").finally(() => client.end())).rows).toEqual([{ todos: 1 }]);
});

test("what is wrong with the parts is told before anything starts", async ({ engine }) => {
  const place = await stackOn(engine, { services: { studoi: false }, images: { auth: 1 } });
  const refused = await place.envctl(["start"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/requirements\.supabase\.services is \{"studoi":false\}[^]*requirements\.supabase\.images is/)]);
});

test("a part whose image is not there is named; without a gateway the database has its migrations all the same", { timeout }, async ({ engine }) => {
  const onlyAuth = { ...Object.fromEntries(parts.map((part) => [part, false])), auth: true };
  const place = await stackOn(engine, { services: onlyAuth, images: { auth: "envctl-test/nowhere:1" } });
  const refused = await place.envctl(["start", "--json"], { timeoutMs: timeout });
  expect(reportOf(refused).failures).toEqual([expect.objectContaining({ message: expect.stringContaining("envctl-test/nowhere:1") })]);
  expect(place.state().units["Main/supabase-auth"]?.life.status).toBe("failed");
  const path = join(place.repo.root, ".envctl");
  writeFileSync(path, readFileSync(path, "utf8").replace("envctl-test/nowhere:1", await engine.image("supabase")));
  expect(reportOf(await place.envctl(["start", "--json"], { timeoutMs: timeout })).failures).toEqual([]);
  // One alone, asked for by its name, and by itself after its end.
  expect(reportOf(await place.envctl(["restart", "--service", "supabase-auth", "--json"], { timeoutMs: timeout })).units.filter(({ action }) => action === "restart")).toMatchObject([{ unitId: "Main/supabase-auth" }]);
  await engine.docker.getContainer(place.handle("supabase-auth").containerId).kill();
  await eventually(() => place.state().units["Main/supabase-auth"]?.starts === 3 && place.state().units["Main/supabase-auth"]?.life.status === "ready", "the part's return", 60_000);
  const env = await variables(place, "app");
  expect([env["SUPABASE_URL"], env["SUPABASE_ANON_KEY"]]).toEqual([undefined, expect.any(String)]);
  const client = new Client(env["DATABASE_URL"]);
  await client.connect();
  expect((await client.query("select title from todos").finally(() => client.end())).rows).toEqual([{ title: "seeded" }]);
  expect((await place.envctl(["supabase-user"])).stderr).toContain("the Supabase of Main has no gateway");
});
