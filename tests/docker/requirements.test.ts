import { Redis } from "ioredis";
import { Client } from "pg";
import { expect } from "vitest";
import { listeners } from "../../src/host/sockets.ts";
import { reportOf } from "../e2e/scene.ts";
import { engineTest } from "../rig/docker-engine.ts";
import { answer, yard, type Yard } from "./yard.ts";

const test = engineTest;

/** A variable as a service on this machine gets it. */
async function variable(place: Yard, name: string): Promise<string> {
  const { stdout } = await place.envctl(["env", "web", "--reveal"]);
  const value = new RegExp(`^(?:export )?${name}=['"]?([^'"\\n]*)`, "m").exec(stdout)?.[1];
  if (value === undefined) throw new Error(`no ${name} in ${stdout}`);
  return value;
}

async function asked(place: Yard, sql: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: await variable(place, "DATABASE_URL") });
  await client.connect();
  return client.query(sql).then(({ rows }) => rows).finally(() => client.end());
}

async function withRedis<T>(place: Yard, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(await variable(place, "REDIS_URL"));
  return work(redis).finally(() => redis.disconnect());
}

test("PostgreSQL and Redis in containers: ready for clients here and in containers, and their data are there again", async ({ engine }) => {
  const images = { postgres: await engine.image("postgres"), redis: await engine.image("redis") };
  const place = await yard(engine, (port) => ({
    requirements: { postgres: { engine: "docker", image: images.postgres, version: 15, port }, redis: { engine: "docker", image: images.redis, persist: true, port: port + 1 } },
    services: {
      web: { command: ["sleep", "infinity"], depends_on: ["postgres", "redis"] },
      inside: { image: images.redis, run: ["sh", "-c", 'redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" -a "$REDIS_PASSWORD" ping; echo "$DB_HOST:$DB_PORT"; exec sleep 100000'], depends_on: ["postgres", "redis"], stop: { grace: "100ms" } },
    },
  }));
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  const ports = ["postgres", "redis"].flatMap((name) => place.state().units[`Main/${name}`]?.spec.ports.map(({ port }) => port) ?? []);
  expect(listeners().filter(({ port }) => ports.includes(port)).map(({ address }) => address)).toEqual(["127.0.0.1", "127.0.0.1"]);
  await asked(place, "create table kept (word text); insert into kept values ('postgres')");
  await withRedis(place, (redis) => redis.set("kept", "redis"));
  expect((await place.envctl(["logs", "--service", "inside"])).stdout).toMatch(/PONG[^]*postgres\.main\.internal:5432/);
  const secret = new URL(await variable(place, "REDIS_URL")).password;
  const { Config, Image } = await engine.docker.getContainer(place.handle("redis").containerId).inspect();
  expect(place.handle("redis").imageId, "what runs, whatever its tag means later").toBe(Image);
  expect(Config.Cmd.join(" ")).not.toContain(secret);
  expect(reportOf(await place.envctl(["stop-all", "--json"]))).toMatchObject({ ok: true });
  expect(await place.volumes()).toHaveLength(2);
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  expect(await asked(place, "select word from kept")).toEqual([{ word: "postgres" }]);
  expect(await withRedis(place, (redis) => redis.get("kept"))).toBe("redis");
});

test("worktrees have databases of their own in Main's container, with extensions; its data are Main's to keep", async ({ engine }) => {
  const image = await engine.image("postgres");
  const place = await yard(
    engine,
    (port) => ({
      requirements: { postgres: { engine: "docker", image, version: 15, port, isolation: "database", extensions: ["pgcrypto"] } },
      services: { web: { command: ["sleep", "infinity"], depends_on: ["postgres"] }, inside: { image, run: ["sh", "-c", 'echo "$DB_HOST/$DB_NAME"; exec sleep 100000'], depends_on: ["postgres"], stop: { grace: "100ms" } } },
    }),
    { worktrees: ["a", "b"] },
  );
  expect(reportOf(await place.envctl(["start", "--project", "a,b", "--json"]))).toMatchObject({ ok: true });
  expect(await place.containers()).toHaveLength(3);
  const rows = async (project: string, sql: string): Promise<readonly unknown[]> => {
    const client = new Client((await place.envctl(["db", "url", "--project", project])).stdout.trim());
    await client.connect();
    return client.query(sql).then(({ rows: found }) => found).finally(() => client.end());
  };
  await rows("a", "create table note (text text)");
  await expect(rows("b", "select text from note")).rejects.toThrow('relation "note" does not exist');
  expect(await rows("b", "select current_database() as name, extname from pg_extension where extname = 'pgcrypto'")).toEqual([{ name: "app_b", extname: "pgcrypto" }]);
  expect((await place.envctl(["logs", "--project", "a", "--service", "inside"])).stdout).toContain("postgres.main.internal/app_a");
  expect((await place.envctl(["db", "snapshot", "now", "--project", "a"])).stderr).toMatch(/a has no postgres of its own: it uses Main\/postgres/);
});

test("shared: what a worktree writes is in Main's database, in Main's one container, which stays while Main uses it", async ({ engine }) => {
  const image = await engine.image("postgres");
  const place = await yard(engine, (port) => ({ requirements: { postgres: { engine: "docker", image, version: 15, port, isolation: "shared" } }, services: { web: { command: ["sleep", "infinity"], depends_on: ["postgres"] } } }), { worktrees: ["a"] });
  expect(reportOf(await place.envctl(["start", "--project", "Main,a", "--json"]))).toMatchObject({ ok: true });
  const url = (await place.envctl(["db", "url", "--project", "a"])).stdout.trim();
  expect(url).toBe((await place.envctl(["db", "url", "--project", "Main"])).stdout.trim());
  await asked(place, "create table note (text text); insert into note values ('of Main')");
  const client = new Client(url);
  await client.connect();
  expect(await client.query("select text from note").then(({ rows }) => rows).finally(() => client.end())).toEqual([{ text: "of Main" }]);
  expect(reportOf(await place.envctl(["stop", "--project", "a", "--json"]))).toMatchObject({ ok: true });
  expect([(await place.containers()).map(({ State }) => State), (await place.volumes()).length]).toEqual([["running"], 1]);
});

test("what no container can be made of is told before anything starts", async ({ engine }) => {
  const place = await yard(engine, () => ({ requirements: { postgres: { engine: "docker", path: "/opt/postgres" }, redis: { engine: "docker", version: "99" } } }));
  const { stderr, code } = await place.envctl(["start"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/requirements\.postgres\.path names a program of this machine, and its engine is docker/);
  expect(stderr).toMatch(/envctl knows no image of Redis 99/);
});

test("a requirement of the repository runs in a container where its adapter has nothing else, and the plan says so", async ({ engine }) => {
  const image = await engine.image("tiny");
  const adapter = `export const requirement = {
    apiVersion: 1, id: "tiny", title: "Tiny", provides: ["tiny"], ports: { main: 1080, other: 1081 }, secrets: ["password"],
    engines: { docker: { image: ${JSON.stringify(image)}, draft: ({ secret }) => ({ port: 80, morePorts: { other: 8080 }, volume: "/data", env: { PASSWORD: secret("password") }, stop: { signal: "SIGTERM", to: "leader", graceMs: 100 } }) } },
  };\n`;
  const place = await yard(engine, (port) => ({ requirements: { tiny: { port } }, services: { web: { command: ["sleep", "infinity"], requires: ["tiny"], env: { TINY: "${tiny.url}" } } } }), { files: { ".envctl.d/requirements/tiny.mjs": adapter } });
  await place.envctl(["trust"]);
  expect((await place.envctl(["explain-startup"])).stdout).toContain("Engine of tiny: docker (engine auto: Tiny runs in a container)");
  const started = await place.envctl(["start", "--json"]);
  expect(reportOf(started), started.stdout).toMatchObject({ ok: true, failures: [] });
  const { spec } = place.state().units["Main/tiny"] ?? {};
  expect(spec?.container?.ports).toEqual([{ inside: 80, port: place.port }, { inside: 8080, port: spec?.ports[1]?.port }]);
  expect(await variable(place, "TINY")).toBe(`tcp://127.0.0.1:${place.port}`);
  expect(await answer(place.port)).toBe("tiny\n");
  expect(listeners().filter(({ port }) => spec?.ports.some((one) => one.port === port) === true).map(({ address }) => address)).toEqual(["127.0.0.1", "127.0.0.1"]);
  expect(await place.volumes()).toHaveLength(1);
});
