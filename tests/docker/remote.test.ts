/** Engines of other machines, named in the configuration: by ssh, and by TCP with TLS. There and here are one machine in these tests. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished } from "vitest";
import { onPath } from "../../src/host/on-path.ts";
import { reportOf } from "../e2e/scene.ts";
import { engineTest } from "../rig/docker-engine.ts";
import { isFree } from "../rig/ports.ts";
import { relayTo } from "../rig/relay.ts";
import { sshServer } from "../rig/ssh-server.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { certificates, tlsRelay } from "../rig/tls-relay.ts";
import { eventually } from "../rig/wait.ts";
import { answer, yard, type Yard } from "./yard.ts";

const test = engineTest;
const nowhere = { DOCKER_HOST: "unix:///nowhere/engine.sock" };
const stop = { grace: "100ms" };

/** The port the engine chose on its own machine. */
async function publishedPort(place: Yard): Promise<readonly string[]> {
  return (await place.containers()).flatMap(({ Ports }) => Ports.map(({ IP, PublicPort }) => `${IP}:${PublicPort}`));
}

test("what runs on an engine behind ssh is used at 127.0.0.1, by whatever daemon, and goes without a trace", async ({ engine, skip }) => {
  const ssh = await sshServer(onTestFinished);
  if (typeof ssh === "string") return skip(ssh);
  const images = { tiny: await engine.image("tiny"), redis: await engine.image("redis") };
  const place = await yard(
    engine,
    (port) => ({
      engines: { "big-box": { host: `ssh://root@box${engine.socket}` } },
      requirements: { redis: { engine: "docker", image: images.redis, port: port + 1, on: "big-box" } },
      services: {
        web: { image: images.tiny, container_port: 80, port, on_engine: "big-box", depends_on: ["redis"], stop },
        local: { command: ["sleep", "600"], env: { WEB: "${services.web.url}" }, depends_on: ["redis"], stop },
      },
    }),
    // A daemon that is killed leaves the directory of its tunnel.
    { stage: { env: { ...nowhere, PATH: ssh.path, TMPDIR: temporaryDirectory(onTestFinished, "t") } } },
  );
  const started = await place.envctl(["start", "--json"]);
  expect(reportOf(started), started.stdout).toMatchObject({ ok: true });
  expect(await answer(place.port)).toBe("tiny\n");
  const published = await publishedPort(place);
  expect(published.every((one) => one.startsWith("127.0.0.1:") && !one.endsWith(`:${place.port}`)), published.join()).toBe(true);
  const { stdout } = await place.envctl(["env", "local", "--reveal"]);
  const redis = new Redis(/REDIS_URL=['"]?([^'"\n]*)/.exec(stdout)?.[1] ?? "");
  expect(await redis.ping().finally(() => redis.disconnect())).toBe("PONG");
  expect(stdout).toContain(`redis://:${new URL(/REDIS_URL=['"]?([^'"\n]*)/.exec(stdout)?.[1] ?? "").password}@127.0.0.1:${place.port + 1}`);
  expect((await place.envctl(["status"])).stdout).toMatch(/ENGINE[\s\S]*web +running .*big-box/);

  ssh.cut();
  await eventually(async () => (await answer(place.port)) === "tiny\n", "the way there is found again", 20_000);
  const before = await place.containers();
  process.kill(Number((await place.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
  await eventually(() => isFree(place.port), "the way there has gone with the daemon");
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true, units: expect.arrayContaining([expect.objectContaining({ unitId: "Main/web", action: "adopt" })]) as unknown });
  expect(await answer(place.port)).toBe("tiny\n");
  expect((await place.containers()).map(({ Id }) => Id).sort()).toEqual(before.map(({ Id }) => Id).sort());

  expect(reportOf(await place.envctl(["restart", "--service", "web", "--json"]))).toMatchObject({ ok: true });
  expect(await answer(place.port)).toBe("tiny\n");
  expect(reportOf(await place.envctl(["stop-all", "--remove-volumes", "--json"]))).toMatchObject({ ok: true });
  expect([await place.containers(), await place.networks(), await place.volumes()]).toEqual([[], [], []]);
  expect(await isFree(place.port)).toBe(true);
});

test("an engine by TCP and TLS is used where the address of its ports is named", async ({ engine, skip }) => {
  if (onPath("openssl", process.env) === undefined) return skip("not installed: openssl");
  const tls = temporaryDirectory(onTestFinished, "tls");
  certificates(tls);
  const relay = await tlsRelay(engine.socket, tls, onTestFinished);
  const image = await engine.image("tiny");
  const big = { host: `tcp://127.0.0.1:${relay}`, tls, address: "127.0.0.1" };
  const place = await yard(engine, (port) => ({ engines: { big }, services: { web: { image, container_port: 80, port, stop } } }), { stage: { env: nowhere } });
  const started = await place.envctl(["start", "--on", "big", "--json"]);
  expect(reportOf(started), started.stdout).toMatchObject({ ok: true });
  expect(await answer(place.port)).toBe("tiny\n");
  expect(await publishedPort(place)).not.toContain(`127.0.0.1:${place.port}`);
  expect((await place.envctl(["status", "--json"])).json()).toMatchObject({ projects: [{ units: [{ engine: "big" }] }] });
  process.kill(Number((await place.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
  expect((await place.envctl(["blast-all", "--json"])).json()).toMatchObject({ ok: true, containers: [{ unitId: "Main/web", engine: `tcp://127.0.0.1:${relay}` }], failures: [] });
  expect([await place.containers(), await isFree(place.port)]).toEqual([[], true]);
});

test("an engine nobody named, an address that is none, and what a container elsewhere cannot reach are told first", async ({ engine }) => {
  const place = await yard(engine, (port) => ({
    engines: { big: { host: "ssh://root@box", address: "big.example" }, far: { host: "tcp://10.0.0.5:2376" } },
    services: { web: { image: "web:1", port, on_engine: "bgi" }, api: { image: "api:1", port: port + 1, network: "host", on_engine: "big" } },
  }));
  const { stderr } = await place.envctl(["start"]);
  expect(stderr).toContain('`services.web.on_engine` names the engine "bgi", which is not among `engines`');
  expect(stderr).toContain("did you mean `big`?");
  expect(stderr).toContain('`engines.big.address` is "big.example"');
  expect(stderr).toContain("`engines.far` is reached by TCP, and nothing says at which address its ports are");
  expect(stderr).toContain("`services.api.network` is host, and the service runs on big");
  place.configure({ engines: { big: { host: "ssh://root@box" } }, services: { web: { image: "web:1", port: place.port, on_engine: "big", depends_on: ["api"] }, api: { command: ["sleep", "60"], port: place.port + 1 } } });
  expect((await place.envctl(["start"])).stderr).toContain("services.web of Main runs in a container on big and depends on api, which runs as a process of this machine: no container on big reaches it");
});

test("a named engine that does not answer stops nothing else: the rest is stopped and deleted, and what is left is named", async ({ engine }) => {
  const relay = await relayTo(engine.socket, onTestFinished);
  const image = await engine.image("tiny");
  const place = await yard(engine, (port) => ({
    engines: { far: { host: `unix://${relay.socket}` } },
    services: {
      near: { image, container_port: 80, port, volumes: { nearby: "/kept" }, stop },
      away: { image, container_port: 80, port: port + 1, volumes: { distant: "/kept" }, on_engine: "far", stop },
    },
  }), { worktrees: ["feature", "other"] });
  const started = reportOf(await place.envctl(["start", "--project", "Main", "--project", "feature", "--json"]));
  expect(started).toMatchObject({ ok: true });
  await relay.cut();
  const stopped = reportOf(await place.envctl(["stop-all", "--remove-volumes", "--json"]));
  expect(stopped).toMatchObject({ ok: false, exit: 1, failures: expect.arrayContaining([expect.objectContaining({ reason: "engine_unreachable", message: expect.stringContaining("Main/away was not stopped") as string, hint: expect.stringContaining("say it again when its engine answers") as string })]) as unknown });
  expect((await place.containers()).map(({ Names }) => Names.join()).filter((name) => name.includes("near"))).toEqual([]);
  expect((await place.volumes()).filter((name) => name.includes("near"))).toEqual([]);
  await relay.mend();
  expect(reportOf(await place.envctl(["stop-all", "--json"]))).toMatchObject({ ok: true });

  await relay.cut();
  const deleted = await place.envctl(["delete-worktree", "feature", "other", "--data", "--json"]);
  expect([deleted.code, deleted.at("worktrees")]).toMatchObject([1, [
    { project_name: "feature", removed: true, failure: { reason: "engine_unreachable", message: expect.stringContaining("the engine far, in which feature has volumes, does not answer") as string, hint: expect.stringContaining("say it again when the engine answers") as string } },
    { project_name: "other", removed: true, failure: null },
  ]]);
  for (const name of ["Main", "gone"]) mkdirSync(join(place.scope(), "data", name, "redis"), { recursive: true });
  const pruned = await place.envctl(["prune", "--data-of", "Main", "--data-of", "gone", "--yes", "--json"]);
  expect([pruned.code, pruned.json()]).toMatchObject([1, { ok: false, removed: expect.arrayContaining([expect.objectContaining({ kind: "data", name: "gone" })]) as unknown, failures: [{ reason: "engine_unreachable", message: expect.stringContaining("the engine far, in which Main has volumes") as string }] }]);
  expect(["Main", "gone"].map((name) => existsSync(join(place.scope(), "data", name)))).toEqual([true, false]);
  await relay.mend();
  expect((await place.envctl(["prune", "--data-of", "Main", "--yes", "--json"])).json()).toMatchObject({ ok: true, failures: [] });
  expect(await place.volumes()).toEqual([]);
});
