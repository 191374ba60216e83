/** Who serves whom: a PostgreSQL per project, a database per project on Main's, or Main's very database. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { listeners } from "../../src/host/sockets.ts";
import { lastStepMs, noteStepMs } from "../../src/engine/step-times.ts";
import { dbScene, makeNote, notes } from "./db-scene.ts";
import { isAlive, ofType, reportOf } from "./scene.ts";

const all = ["--project", "Main,a,b"];

const isLinux = process.platform === "linux";

test("isolated: three servers, and a row of one is in no other; nothing listens beyond this machine, and after stop-all the rows are there again", async () => {
  const stack = await dbScene({}, { requirements: { redis: {} } });
  await stack.done("start", ...all);
  const servers = Object.entries(stack.pids()).filter(([id]) => !id.endsWith("/app"));
  expect(servers.map(([id]) => id).filter((id) => id.endsWith("/postgres"))).toEqual(["Main/postgres", "a/postgres", "b/postgres"]);
  await stack.sql("Main", makeNote);
  for (const project of ["a", "b"]) await expect(stack.sql(project, notes)).rejects.toThrow('relation "note" does not exist');
  if (isLinux) {
    const ports = servers.flatMap(([id]) => (stack.state().units[id]?.spec.ports ?? []).map(({ port }) => port));
    const heard = listeners().filter(({ port }) => ports.includes(port));
    expect(heard.map(({ port }) => port).sort()).toEqual(ports.sort());
    expect(new Set(heard.map(({ address }) => address))).toEqual(new Set(["127.0.0.1"]));
  }

  await stack.done("stop-all");
  expect(servers.filter(([, pid]) => isAlive(pid))).toEqual([]);
  await stack.done("start", ...all);
  expect(await stack.sql("Main", notes)).toEqual([{ text: "of Main" }]);
});

test("database: one server that lives as long as any project uses it, with a database for each", async () => {
  const stack = await dbScene({ isolation: "database", extensions: ["pgcrypto"] });
  const shown = await stack.done("explain-startup", "--project", "a");
  expect(shown).toContain("a uses Main/postgres (requirements.postgres.isolation): database app_a");
  await stack.done("start", "--project", "a,b");
  expect(Object.keys(stack.pids()).sort()).toEqual(["Main/postgres", "a/app", "b/app"]);
  expect(await stack.urlOf("a")).toMatch(new RegExp(`:${stack.port}/app_a$`));
  await stack.sql("a", makeNote);
  await expect(stack.sql("b", notes)).rejects.toThrow('relation "note" does not exist');
  expect(await stack.sql("b", "select extname from pg_extension where extname = 'pgcrypto'")).toHaveLength(1);

  await stack.done("start", "--main");
  const server = stack.pids()["Main/postgres"] ?? 0;
  const stopped = await stack.envctl(["stop", "--main", "--json"]);
  expect(reportOf(stopped).units).toMatchObject([{ unitId: "Main/app", action: "stop" }, { unitId: "Main/postgres", action: "leave", because: "a/app, b/app still use it; stop those first, or everything with stop-all" }]);
  expect(await stack.sql("a", notes)).toEqual([{ text: "of Main" }]);
  await stack.done("stop", "--project", "a");
  expect(isAlive(server)).toBe(true);

  const last = await stack.envctl(["stop", "--project", "b", "--json"]);
  expect(reportOf(last).units).toMatchObject([{ unitId: "b/app" }, { unitId: "Main/postgres", action: "stop", because: "no project uses it any more" }]);
  const order = ofType(stack.events(), "unit_stopped").map(({ unitId }) => unitId);
  expect(order.slice(-2)).toEqual(["b/app", "Main/postgres"]);
  expect(stack.state().stoppedAt).toBeDefined();

  const databases = async (): Promise<readonly unknown[]> => (await stack.sql("Main", "select datname from pg_database where datname like 'app%' order by 1")).map(({ datname }) => datname);
  stack.repo.git("worktree", "lock", stack.repo.worktree("b"));
  const refused = await stack.envctl(["delete-worktree", "b", "--data", "--json"]);
  expect([refused.code, refused.at("worktrees.0.failure.reason"), refused.at("worktrees.0.databases")]).toEqual([1, "conflict", []]);
  await stack.done("delete-worktree", "a", "--data", "--force");
  await stack.done("start", "--main");
  expect(await databases()).toEqual(["app", "app_b"]);
  stack.repo.git("worktree", "unlock", stack.repo.worktree("b"));
  const deleted = await stack.envctl(["delete-worktree", "b", "--data", "--force", "--json"]);
  expect(deleted.at("worktrees.0.databases")).toEqual([{ server: "Main/postgres", name: "app_b", removed: true }]);
  expect(await databases()).toEqual(["app"]);
  expect(await stack.sql("Main", notes).catch((error: unknown) => String(error))).toContain('relation "note" does not exist');
});

const dumpable = 15;
const hasTools = existsSync(`/usr/lib/postgresql/${dumpable}/bin/pg_dump`);

test.skipIf(!hasTools)("a database on Main's server begins with Main's, also while somebody is connected to that one", async () => {
  const stack = await dbScene({ isolation: "database", seed: "main", version: dumpable });
  await stack.done("start", "--main");
  await stack.sql("Main", makeNote);
  await stack.done("start", "--project", "a");
  const client = new Client(await stack.urlOf("Main"));
  await client.connect();
  onTestFinished(() => client.end());
  expect(lastStepMs(stack.scope(), { name: "postgres" }, "settle")).toBeGreaterThan(0);
  noteStepMs(stack.scope(), { name: "postgres" }, "settle", 12_000);
  expect((await stack.envctl(["start", "--project", "b"])).stderr).toContain("b/postgres               creating the database app_b, which took 12 s the last time");
  await client.end();
  for (const project of ["a", "b"]) expect(await stack.sql(project, notes)).toEqual([{ text: "of Main" }]);
});

test("shared: a row of one is in all, and stop-all ends users before the server", async () => {
  const stack = await dbScene({ isolation: "shared" });
  await stack.done("start", ...all);
  await stack.sql("Main", makeNote);
  for (const project of ["a", "b"]) expect(await stack.sql(project, notes)).toEqual([{ text: "of Main" }]);
  await stack.done("stop-all");
  const order = ofType(stack.events(), "unit_stopped").map(({ unitId }) => unitId);
  expect(order.at(-1)).toBe("Main/postgres");
  expect([...order].sort()).toEqual(["Main/app", "Main/postgres", "a/app", "b/app"]);
});

test("projects of one repository may differ; what cannot be is told", async () => {
  const stack = await dbScene({});
  const other = (settings: object): string => JSON.stringify({ services: { app: { command: ["sleep", "600"], depends_on: ["postgres"] } }, requirements: { postgres: { version: 16, port: stack.port, ...settings } } });
  stack.repo.write("trees/a/.envctl", other({ isolation: "database" }));
  stack.repo.write("trees/b/.envctl", other({ isolation: "database", version: 17 }));
  await stack.done("start", "--project", "a");
  expect(await stack.urlOf("a")).toMatch(/\/app_a$/);
  const refused = await stack.envctl(["start", "--project", "b"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("b asks for postgres 17, but the server of Main that it uses is 16");
  stack.repo.write("trees/b/.envctl", other({ engine: "external", url: "postgresql://db.example.org/app", isolation: "database" }));
  expect((await stack.envctl(["start", "--project", "b"])).stderr).toContain("requirements.postgres.isolation is about a server of envctl's own");
  stack.repo.write("trees/b/.envctl", other({ isolation: "databse" }));
  expect((await stack.envctl(["start", "--project", "b"])).stderr).toContain("did you mean `database`?");
});

test("a migration runs once for two starts at once, between the server and those that use it, and again when asked for", async () => {
  const stack = await dbScene({ isolation: "database", migrate: `psql "$DATABASE_URL" -qc "create table if not exists step (n int)" && echo "$ENVCTL_PROJECT_NAME $DB_NAME" >> "${"$HOME"}/migrated"` });
  const outcomes = await Promise.all([stack.envctl(["start", "--project", "a"]), stack.envctl(["start", "--project", "a"]), stack.envctl(["start", "--project", "b"])]);
  expect(outcomes.map(({ code }) => code), outcomes.map(({ stderr }) => stderr).join()).toEqual([0, 0, 0]);
  const lines = (): readonly string[] => readFileSync(join(stack.env["HOME"] ?? "", "migrated"), "utf8").trim().split("\n").sort();
  expect(lines()).toEqual(["Main app", "a app_a", "b app_b"]);
  await stack.done("migrate", "b");
  expect(lines()).toEqual(["Main app", "a app_a", "b app_b", "b app_b"]);
  expect(await stack.sql("a", "select * from step")).toEqual([]);
});

test("a migration that fails blocks what depends on the database, on a server of its own and on Main's", async () => {
  const stack = await dbScene({});
  const failing = (isolation: string): string => JSON.stringify({ services: { app: { command: ["sleep", "600"], depends_on: ["postgres"] } }, requirements: { postgres: { version: 16, port: stack.port, isolation, migrate: "echo the table is wrong; exit 3" } } });
  stack.repo.write("trees/a/.envctl", failing("isolated"));
  stack.repo.write("trees/b/.envctl", failing("database"));
  const started = await stack.envctl(["start", "--project", "a,b", "--json"]);
  expect(started.code).toBe(1);
  const units = reportOf(started).units;
  for (const project of ["a", "b"]) {
    const cause = { reason: "prepare_failed", message: expect.stringContaining(`the migration of ${project}/postgres ended with exit code 3`) as unknown, logTail: expect.arrayContaining(["the table is wrong"]) as unknown };
    expect(units.find(({ unitId }) => unitId === `${project}/app`)).toMatchObject({ status: "blocked", failure: { reason: "dependency_failed", cause } });
  }
});

test("an extension that is not there is named, with those that are", async () => {
  const stack = await dbScene({ extensions: ["pgcrypto", "pgcripto"] }, { worktrees: [] });
  const started = await stack.envctl(["start"]);
  expect(started.code).toBe(1);
  expect(started.stdout + started.stderr).toContain('has no extension "pgcripto"; did you mean "pgcrypto"?');
  expect(started.stdout + started.stderr).toMatch(/available: .*pg_trgm/);
  expect(existsSync(stack.dataOf("Main"))).toBe(true);
});
