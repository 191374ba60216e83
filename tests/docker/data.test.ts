/** `envctl db` for servers in containers: what is kept, put back and begun anew, and that old data outlive whatever goes wrong. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { Client } from "pg";
import { expect, onTestFinished } from "vitest";
import { engineTest, type TestEngine } from "../rig/docker-engine.ts";
import { eventually } from "../rig/wait.ts";
import { yard, type Yard } from "./yard.ts";

const test = engineTest;

async function done(place: Yard, ...args: readonly string[]): Promise<unknown> {
  const outcome = await place.envctl([...args, "--json"]);
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 });
  return outcome.jsonLines().at(-1);
}

async function address(place: Yard, project: string, requirement = "postgres"): Promise<string> {
  return (await place.envctl(["db", "url", "--project", project, "--requirement", requirement])).stdout.trim();
}

async function rows(place: Yard, sql: string, project = "Main"): Promise<readonly unknown[]> {
  return rowsAt(await address(place, project), sql);
}

async function rowsAt(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new Client(url);
  await client.connect();
  return client.query(sql).then(({ rows: found }) => found).finally(() => client.end());
}

async function withRedis<T>(place: Yard, project: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(await address(place, project, "redis"));
  return work(client).finally(() => client.disconnect());
}

/** Runs a shell in a container that sees the volume at /data. */
async function spoil({ docker }: TestEngine, image: string, volume: string, script: string): Promise<void> {
  const container = await docker.createContainer({ Image: image, User: "0", Entrypoint: ["sh", "-c", script], HostConfig: { Binds: [`${volume}:/data`] } });
  await container.start();
  await container.wait();
  await container.remove();
}

test("data of PostgreSQL in a container are kept, put back while a service goes on, begun anew, and stay when new ones do not start", async ({ engine }) => {
  const image = await engine.image("postgres");
  const place = await yard(engine, (port) => ({
    requirements: { postgres: { engine: "docker", image, version: 15, port, seed: "seed.sql" } },
    services: { app: { command: ["sleep", "infinity"], depends_on: ["postgres"] } },
  }), { files: { "seed.sql": "create table begun (at text); insert into begun values ('from the file')" } });
  expect((await place.envctl(["db", "snapshot", "early"])).stderr).toContain("Main/postgres has no data yet");
  await done(place, "start");
  const app = place.pids()["Main/app"];
  await rows(place, "create table note (text text); insert into note values ('first')");
  expect(await done(place, "db", "snapshot", "noted"), "its server copies while it runs").toMatchObject({ ok: true, snapshot: "noted", restarted: false });
  await rows(place, "update note set text = 'second'");
  expect(await done(place, "db", "restore", "noted")).toMatchObject({ ok: true, snapshot: "noted", restarted: true });
  expect(await rows(place, "select text from note")).toEqual([{ text: "first" }]);
  expect(await place.volumes(), "the data and the snapshot; nothing of the exchange").toHaveLength(2);

  const { snapshot } = (await done(place, "db", "reset", "--force")) as { readonly snapshot: string };
  expect(await rows(place, "select at from begun")).toEqual([{ at: "from the file" }]);
  await expect(rows(place, "select text from note")).rejects.toThrow('relation "note" does not exist');
  const { data } = (await done(place, "db", "list")) as { readonly data: readonly { readonly snapshots: readonly { readonly name: string }[] }[] };
  expect(data).toMatchObject([{ project: "Main", requirement: "postgres", bytes: expect.any(Number), snapshots: [{ name: "noted", version: "15" }, { name: snapshot }] }]);
  await done(place, "db", "restore", snapshot);
  expect(place.pids()["Main/app"]).toBe(app);
  expect(await rows(place, "select text from note")).toEqual([{ text: "first" }]);

  const noted = (await place.volumes()).find((name) => engineName(data, "noted").test(name)) ?? "";
  await spoil(engine, image, noted, "rm -r /data/global");
  const before = await place.volumes();
  const failed = await place.envctl(["db", "restore", "noted"]);
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining("The data are as they were before.") });
  expect(await rows(place, "select text from note")).toEqual([{ text: "first" }]);
  expect((await place.volumes()).toSorted()).toEqual(before.toSorted());
  expect((await place.envctl(["db", "restore", "unknown"])).stderr).toContain(`there are: noted, ${snapshot}`);
  await done(place, "stop", "--remove-volumes");
  expect(await place.volumes()).toEqual([]);
  expect((await place.envctl(["db", "restore", "noted"])).stderr, "its note went with it").toContain("there are none");
}, 300_000);

function engineName(data: unknown, snapshot: string): RegExp {
  const [{ snapshots } = { snapshots: [] }] = data as readonly { readonly snapshots: readonly { readonly name: string; readonly volume?: string }[] }[];
  return new RegExp(`-main-${snapshots.find(({ name }) => name === snapshot)?.volume ?? "?"}(-[0-9a-f]{6})?$`);
}

/** Those of `a` with its worktree, those of `b` when they are named; nobody else's. */
async function volumesGoWithTheirProjects(place: Yard): Promise<void> {
  const deleted = async (...args: readonly string[]): Promise<unknown> => ((await place.envctl(["delete-worktree", "a", ...args, "--json"])).json() as { readonly worktrees: readonly { readonly data: unknown }[] }).worktrees[0]?.data;
  const ofA = (await place.volumes()).filter((name) => name.includes("-a-")).toSorted();
  expect(ofA).toHaveLength(2);
  const others = (await place.volumes()).filter((name) => !ofA.includes(name)).toSorted();
  expect(await deleted("--force")).toMatchObject({ volumes: ofA, removed: false });
  expect((await place.volumes()).toSorted()).toEqual([...ofA, ...others].toSorted());
  const away = await place.envctl(["delete-worktree", "a", "--data", "--json"], { env: { DOCKER_HOST: "unix:///nowhere/engine.sock" } });
  expect([away.code, away.at("worktrees.0.data.removed") ?? false, (await place.volumes()).toSorted()], "an engine that is not there").toEqual([1, false, [...ofA, ...others].toSorted()]);
  expect(await deleted("--data")).toMatchObject({ volumes: ofA, removed: true });
  expect((await place.volumes()).toSorted()).toEqual(others);

  await done(place, "stop", "--project", "b");
  expect(await place.envctl(["prune", "--data-of", "b", "--yes"])).toMatchObject({ code: 0 });
  expect((await place.volumes()).toSorted()).toEqual(others.filter((name) => !name.includes("-b-")));
}

test("worktrees get copies of Main's data: by a clone, by a seed, from a snapshot, each with the password of its own project, and Main goes on", async ({ engine }) => {
  const [redis, postgres] = [await engine.image("redis"), await engine.image("postgres")];
  const services = { app: { command: ["sleep", "infinity"], depends_on: ["redis", "postgres"] } };
  const place = await yard(
    engine,
    (port) => ({ requirements: { redis: { engine: "docker", image: redis, persist: true, port }, postgres: { engine: "docker", image: postgres, version: 15, port: port + 20, seed: "main" } }, services }),
    { worktrees: ["a", "b"] },
  );
  await done(place, "start", "--project", "Main");
  await withRedis(place, "Main", (client) => client.set("word", "of Main"));
  await rows(place, "create table note (text text); insert into note select 'first' from generate_series(1, 1000)");
  await done(place, "db", "snapshot", "noted");
  const main = place.handle("postgres").containerId;
  await done(place, "start", "--project", "a");
  expect(await rows(place, "select distinct text from note", "a"), "by its seed").toEqual([{ text: "first" }]);
  expect(new URL(await address(place, "a")).password).not.toBe(new URL(await address(place, "Main")).password);
  await expect(rowsAt((await address(place, "a")).replace(/:[^:@]*@/, `:${new URL(await address(place, "Main")).password}@`), "select 1")).rejects.toThrow("password authentication failed");
  await rows(place, "update note set text = 'of a'", "a");
  await done(place, "stop", "--project", "a");
  await done(place, "start", "--project", "a");
  expect(await rows(place, "select distinct text from note", "a"), "a seed is for data that are not there").toEqual([{ text: "of a" }]);

  await rows(place, "update note set text = 'second'");
  expect(await done(place, "db", "clone", "Main", "a")).toMatchObject({ ok: true, restarted: true });
  expect(await rows(place, "select distinct text from note", "a")).toEqual([{ text: "second" }]);
  await withRedis(place, "a", (client) => client.set("word", "of a"));
  expect(await done(place, "db", "clone", "Main", "a", "--requirement", "redis")).toMatchObject({ ok: true, restarted: true });
  expect(await withRedis(place, "a", (client) => client.get("word"))).toBe("of Main");
  expect(await withRedis(place, "Main", (client) => client.get("word"))).toBe("of Main");
  expect(place.handle("postgres").containerId, "Main's was never restarted").toBe(main);

  const kept = (seed: string): void => place.repo.write("trees/b/.envctl", JSON.stringify({ requirements: { postgres: { engine: "docker", image: postgres, version: 15, seed } } }));
  kept("unknown");
  expect((await place.envctl(["start", "--project", "b", "--service", "postgres"])).stdout).toContain("there are: noted");
  kept("noted");
  await done(place, "start", "--project", "b", "--service", "postgres");
  expect(await rows(place, "select distinct text from note", "b")).toEqual([{ text: "first" }]);

  await volumesGoWithTheirProjects(place);
}, 300_000);

/** Copies fail in it for a volume with a file `full`, and never end for others. */
async function stubbornImage({ docker }: TestEngine, base: string): Promise<string> {
  const copy = '#!/bin/sh\nif [ -e /envctl-from/full ]; then echo "cp: No space left on device" >&2; exit 1; fi\nexec sleep 1000\n';
  const container = await docker.createContainer({ Image: base, Cmd: ["sh", "-c", 'program=$(command -v cp); rm "$program"; printf "%s" "$0" > "$program"; chmod 755 "$program"', copy] });
  await container.start();
  await container.wait();
  await container.commit({ repo: "envctl-test/stubborn", tag: "7" });
  await container.remove();
  onTestFinished(async () => docker.getImage("envctl-test/stubborn:7").remove({ force: true }));
  return "envctl-test/stubborn:7";
}

test("a copy that fails, or is given up, leaves nothing, and the server goes on", async ({ engine }) => {
  const image = await stubbornImage(engine, await engine.image("redis"));
  const place = await yard(engine, (port) => ({ requirements: { redis: { engine: "docker", image, persist: true, port } } }));
  await done(place, "start");
  const [volume = ""] = await place.volumes();
  const pristine = async (): Promise<boolean> => {
    const [one, ...more] = await place.containers();
    return one?.State === "running" && more.length === 0 && (await place.volumes()).join() === volume && place.state().units["Main/redis"]?.life.status === "ready";
  };
  await spoil(engine, image, volume, "touch /data/full");
  expect((await place.envctl(["db", "snapshot", "one"])).stderr).toContain(`volume ${volume} could not be copied: cp: No space left on device`);
  expect(await pristine()).toBe(true);
  await spoil(engine, image, volume, "rm /data/full");
  const snapshot = place.start(["db", "snapshot", "one"]);
  await eventually(async () => (await place.containers()).some(({ Names }) => Names.some((name) => name.includes("redis-copy"))), "the copy under way", 20_000);
  snapshot.signal("SIGINT");
  expect((await snapshot.ended).code).toBe(2);
  await eventually(pristine, "the server, and nothing else", 20_000);
  expect((await place.envctl(["db", "restore", "one"])).stderr).toContain("there are none");
});

test("a daemon that is killed while volumes are copied leaves nothing half: the next one takes it away, and what was replaced is kept", async ({ engine }) => {
  const image = await stubbornImage(engine, await engine.image("redis"));
  const place = await yard(engine, (port) => ({ requirements: { redis: { engine: "docker", image, persist: true, port } } }));
  await done(place, "start");
  const volumes = await place.volumes();
  const copying = async (): Promise<boolean> => (await place.containers()).some(({ Names, State }) => State === "running" && Names.some((name) => name.includes("redis-copy")));
  void place.start(["db", "snapshot", "one"]);
  await eventually(copying, "the copy under way", 30_000);
  process.kill(Number((await place.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
  // Any command that needs a daemon will do: the server was taken down for the copy and by nobody else.
  await place.envctl(["daemon", "start"]);
  const isNoted = (): boolean => existsSync(join(place.scope(), "down-for-data.json"));
  await eventually(() => !isNoted() && place.state().units["Main/redis"]?.life.status === "ready" && place.state().stoppedAt === undefined, "the server runs again", 30_000);
  await done(place, "start");
  expect([(await place.containers()).map(({ State }) => State), await place.volumes()]).toEqual([["running"], volumes]);
  expect((await place.envctl(["db", "restore", "one"])).stderr).toContain("there are none");

  // As far as a daemon gets that dies between an exchange and the first start with the new data.
  const notes = join(place.scope(), "data", "Main", ".volumes");
  await place.envctl(["stop-all"]);
  await place.envctl(["daemon", "stop"]);
  const work = { schemaVersion: 1, engine: `unix://${engine.socket}`, fresh: "redis-data-12345678", replaces: "redis-data", adapter: "redis", version: "7" };
  writeFileSync(join(notes, "redis.json"), JSON.stringify({ schemaVersion: 1, volume: work.fresh }));
  writeFileSync(join(notes, "redis.work.json"), JSON.stringify(work));
  await done(place, "start");
  const { data } = (await done(place, "db", "list")) as { readonly data: readonly { readonly snapshots: readonly { readonly name: string; readonly volume: string }[] }[] };
  expect(data[0]?.snapshots).toMatchObject([{ name: expect.stringMatching(/^before-interrupted-/), volume: "redis-data" }]);
  expect(readdirSync(notes)).toEqual(["redis.json"]);
});
