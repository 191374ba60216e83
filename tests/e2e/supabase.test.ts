/** Supabase without containers: its database as an application and the official program find it. */
import { createHmac } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, test } from "vitest";
import { listeners } from "../../src/host/sockets.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Outcome } from "../rig/program.ts";
import { ofType, scene, type Scene } from "./scene.ts";

const migration = `create table public.todos (id bigint generated always as identity primary key, user_id uuid references auth.users, title text not null);
alter table public.todos enable row level security;
create policy "own todos" on public.todos for all to authenticated using (auth.uid() = user_id and auth.email() = 'a@b.c' and auth.role() = 'authenticated' and auth.jwt() ->> 'app' = 'todo');
create policy "own folder" on storage.objects for select to authenticated using ((storage.foldername(name))[1] = auth.uid()::text);
`;
const user = "00000000-0000-0000-0000-000000000001";
const seed = `insert into auth.users (id, email) values ('${user}', 'a@b.c') on conflict do nothing;
insert into public.todos (user_id, title) values ('${user}', 'seeded');
`;
const files = { "supabase/migrations/20260101000000_todos.sql": migration, "supabase/seed.sql": seed };

function stackWith(settings: Readonly<Record<string, unknown>> = {}, more: Parameters<typeof scene>[1] = { files }): Promise<Scene> {
  return scene((port) => ({ services: { app: { command: ["sleep", "600"], requires: ["postgres"] } }, requirements: { supabase: { version: 16, port, db_port: port + 1, ...settings } } }), more);
}

async function done(stack: Scene, ...args: readonly string[]): Promise<Outcome> {
  const outcome = await stack.envctl(args);
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 });
  return outcome;
}

/** Rows of the last statement. */
async function rows(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client(url);
  await client.connect();
  const results = await client.query(text).finally(() => client.end());
  return [results].flat().at(-1)?.rows ?? [];
}

async function variables(stack: Scene, unit = "Main/app"): Promise<Readonly<Record<string, string>>> {
  const lines = (await done(stack, "env", unit, "--reveal")).stdout.split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

test("a service that requires postgres gets it, with migrations, seeds and row level security; what is missing is said before", async () => {
  const stack = await stackWith({ version: 17 });
  const plan = (await done(stack, "explain-startup", "--json")).json() as Plan;
  expect(plan.notes).toEqual([
    "Main: app gets postgres from supabase: no other enabled requirement provides it",
    expect.stringMatching(/^Main\/supabase: it is the database of Supabase alone.*auth, rest, realtime, storage, meta, studio, functions, gateway/),
  ]);
  await done(stack, "start");
  const env = await variables(stack);
  expect(env).toMatchObject({
    SUPABASE_URL: `http://127.0.0.1:${stack.port}`, SUPABASE_PUBLIC_PORT: String(stack.port), SUPABASE_DB_PORT: String(stack.port + 1), DB_PORT: String(stack.port + 1), DB_USER: "postgres",
  });
  expect([roleOf(env["SUPABASE_ANON_KEY"], env), roleOf(env["SUPABASE_SERVICE_ROLE_KEY"], env)]).toEqual(["anon", "service_role"]);

  const url = env["DATABASE_URL"] ?? "";
  const claims = JSON.stringify({ sub: user, role: "authenticated", email: "a@b.c", app: "todo" });
  const as = (role: string, text: string) => rows(url, `begin; set local role ${role}; set local request.jwt.claims = '${claims}'; ${text}`);
  expect(await as("authenticated", "select title from todos")).toEqual([{ title: "seeded" }]);
  expect(await as("anon", "select title from todos")).toEqual([]);
  expect(await rows(url, "select current_setting('server_version_num')::int / 10000 as major")).toEqual([{ major: 17 }]);
  expect(await rows(url, "select rolsuper from pg_roles where rolname = current_user")).toEqual([{ rolsuper: false }]);
  await expect(as("anon", "select email from auth.users")).rejects.toThrow("permission denied for table users");

  // As the guide says it, but for where the program is.
  const runtimes = join(stack.cacheRoot, "runtimes");
  const program = join(runtimes, readdirSync(runtimes).find((name) => /^supabase-cli-[\d.]+-[a-z]+-\w+$/.test(name)) ?? "", "bin", "supabase");
  const official = (words: string): Promise<Outcome> => done(stack, "exec", "app", "--", "sh", "-c", `TMPDIR=${stack.directory} SUPABASE_TELEMETRY_DISABLED=1 ${program} ${words} --db-url "$DATABASE_URL?sslmode=disable"`);
  expect((await official("migration list")).stdout).toMatch(/20260101000000\W+20260101000000/);
  expect((await official("gen types typescript --schema public")).stdout).toMatch(/todos[^]*Row[^]*title/);
});

test("what was applied is not applied again; what is new is, and what is wrong is told in the program's words", async () => {
  const stack = await stackWith();
  await done(stack, "start");
  const { DATABASE_URL: url = "" } = await variables(stack);
  stack.repo.write("supabase/migrations/20260102000000_more.sql", "create table public.more (id int);");
  for (const words of [["stop"], ["start"]]) await done(stack, ...words);
  expect(await rows(url, "select (select count(*)::int from todos) as todos, (select count(*)::int from more) as more")).toEqual([{ todos: 1, more: 0 }]);
  expect(await rows(url, "select version from supabase_migrations.schema_migrations order by 1")).toEqual([{ version: "20260101000000" }, { version: "20260102000000" }]);
  expect(ofType(stack.events(), "unit_prepared").filter(({ step }) => step === "migrate")).toHaveLength(1);

  stack.repo.write("supabase/migrations/20260103000000_wrong.sql", "create tabel public.wrong (id int);");
  await done(stack, "stop");
  const refused = await stack.envctl(["start"]);
  expect([refused.code, refused.stdout + refused.stderr]).toEqual([1, expect.stringMatching(/the migration of Main\/supabase ended with exit code 1[^]*syntax error at or near "tabel"/)]);
});

test("a snapshot brings the rows back, and a worktree that begins with Main's data has passwords and keys of its own", async () => {
  const stack = await stackWith({ migrations: false, seed: "main" }, { worktrees: ["a"] });
  await done(stack, "start", "--main");
  const main = await variables(stack);
  await rows(main["DATABASE_URL"] ?? "", "create table public.note as select 'of Main' as text");
  await done(stack, "db", "snapshot", "one");
  await rows(main["DATABASE_URL"] ?? "", "drop table public.note");
  await done(stack, "db", "restore", "one");
  expect((await done(stack, "db", "url")).stdout.trim()).toBe(main["DATABASE_URL"]);
  await done(stack, "start", "--project", "a");
  const own = await variables(stack, "a/app");
  for (const { DATABASE_URL = "" } of [main, own]) expect(await rows(DATABASE_URL, "select text from note")).toEqual([{ text: "of Main" }]);
  for (const name of ["DB_PASSWORD", "SUPABASE_JWT_SECRET", "SUPABASE_ANON_KEY", "SUPABASE_DB_PORT"]) expect(own[name]).not.toBe(main[name]);
});

test("meta from npm serves the schema of the same database, and goes with it; other parts are refused", { timeout: 240_000 }, async () => {
  const stack = await stackWith({ services: { meta: true } });
  const started = await stack.envctl(["start"], { timeoutMs: 180_000 });
  expect(started, started.stderr).toMatchObject({ code: 0 });
  const { spec } = stack.state().units["Main/supabase-meta"] ?? {};
  const tables = (await (await fetch(`${spec?.url}/tables?included_schemas=public`)).json()) as readonly { readonly name: string; readonly rls_enabled: boolean }[];
  expect(tables.map(({ name, rls_enabled }) => [name, rls_enabled])).toEqual([["todos", true]]);
  expect(spec?.dependsOn).toEqual(["Main/supabase"]);
  const ports = Object.values(stack.state().units).flatMap((unit) => unit.spec.ports.map(({ port }) => port));
  if (process.platform === "linux") expect(listeners().filter(({ port }) => ports.includes(port)).map(({ address, port }) => `${address} +${port - stack.port}`).sort(), "database, meta and its own measurements").toEqual(["127.0.0.1 +1", "127.0.0.1 +8", "127.0.0.1 +9"]);
  await done(stack, "stop", "--service", "supabase");
  expect(Object.values(stack.state().units).filter(({ life }) => life.status === "ready").map(({ spec: { id } }) => id)).toEqual(["Main/app"]);
  const other = await stack.envctl(["start", "--dry-run", "--set", "requirements.supabase.services={auth: true}"]);
  expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("parts are meta, and more where engine is docker")]);
});

test("postgres and supabase in one mode are refused with both lines; one in each mode is not", async () => {
  const stack = await stackWith();
  const requirements = (more: string): string => `services:\n  app: { command: sleep 600 }\nrequirements:\n  postgres: { port: ${stack.port} }\n  supabase: { port: ${stack.port + 1} }\n${more}`;
  stack.repo.write(".envctl", requirements(""));
  const refused = await stack.envctl(["start", "--dry-run"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/`requirements\.postgres` \(\S*\.envctl:4:\d+\) and `requirements\.supabase` \(\S*\.envctl:5:\d+\) exclude each other, and main mode has both/)]);
  stack.repo.write(".envctl", requirements("modes: { main: { requirements: [postgres] }, trees: { requirements: [supabase] } }\n"));
  await done(stack, "start", "--dry-run");
});

/** The role a key names, if it is signed with the project's secret. */
function roleOf(key: string | undefined, { SUPABASE_JWT_SECRET: secret = "" }: Readonly<Record<string, string>>): unknown {
  const [head = "", body = "", signature] = (key ?? "").split(".");
  expect(secret.length).toBeGreaterThanOrEqual(32);
  expect(createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url")).toBe(signature);
  return (JSON.parse(Buffer.from(body, "base64url").toString()) as { readonly role: unknown }).role;
}
