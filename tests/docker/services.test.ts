import { expect } from "vitest";
import { listeners } from "../../src/host/sockets.ts";
import { ofType, reportOf, streamedEvents } from "../e2e/scene.ts";
import { engineTest } from "../rig/docker-engine.ts";
import { eventually } from "../rig/wait.ts";
import { answer, yard } from "./yard.ts";

const test = engineTest;
/** A server that also says what it was given. */
const shell = (script: string): readonly string[] => ["sh", "-c", script];

test("an image is a service: ready on the loopback address only, and gone when it is stopped", async ({ engine }) => {
  const place = await yard(engine, (port) => ({ services: { web: { image: "envctl-test/tiny:1", container_port: 80, port } } }));
  await engine.image("tiny");
  const started = await place.envctl(["start", "--json"]);
  expect(reportOf(started)).toMatchObject({ ok: true, units: [{ unitId: "Main/web", status: "ready", port: place.port }] });
  expect(await answer(place.port)).toBe("tiny\n");
  expect(new Set(listeners().filter(({ port }) => port === place.port).map(({ address }) => address))).toEqual(new Set(["127.0.0.1"]));
  expect((await place.envctl(["status", "--json"])).json()).toMatchObject({ projects: [{ units: [{ unit_id: "Main/web", status: "running", pid: null }] }] });
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ units: [{ action: "adopt" }] });
  expect(await place.containers()).toHaveLength(1);
  expect(reportOf(await place.envctl(["stop", "--json"]))).toMatchObject({ ok: true });
  expect([await place.containers(), await place.networks()]).toEqual([[], []]);
  expect(await answer(place.port)).toBeUndefined();
});

test("an image is built from a directory; volumes outlive containers until they are to go", async ({ engine }) => {
  await engine.image("tiny");
  const run = 'echo "$GREETING $COLOUR $PORT"; cat /data/count; echo more >> /data/count; exec tiny {port}';
  const place = await yard(engine, (port) => ({ services: { web: { build: "image", args: { GREETING: "hello" }, env: { COLOUR: "blue" }, run: shell(run), volumes: { data: "/data" }, port } } }), {
    files: { "image/Dockerfile": "FROM envctl-test/tiny:1\nARG GREETING\nENV GREETING=$GREETING\n" },
  });
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  expect((await place.envctl(["logs", "--service", "web"])).stdout).toContain(`hello blue ${place.port}`);
  await place.envctl(["stop"]);
  await place.envctl(["start"]);
  expect((await place.envctl(["logs", "--service", "web"])).stdout).toMatch(/^(?:.* )?more$/m);
  const [volume = ""] = await place.volumes();
  await engine.docker.createVolume({ Name: `${volume}-stranger` });
  const stopped = reportOf(await place.envctl(["stop-all", "--remove-volumes", "--json"]));
  expect(stopped).toMatchObject({ ok: true, notes: ["the volumes of what is stopped are removed, with their data", `removed volume ${volume} of Main`] });
  expect(await place.volumes()).toEqual([]);
  await engine.docker.getVolume(`${volume}-stranger`).remove();
});

test("containers find each other by templates, and what runs on the machine is told where they are", async ({ engine }) => {
  await engine.image("tiny");
  const place = await yard(engine, (port) => ({
    services: {
      api: { image: "envctl-test/tiny:1", container_port: 80, port },
      web: { image: "envctl-test/tiny:1", run: shell('echo "api at $API"; exec tiny {port}'), port: port + 1, depends_on: ["api", "local"], env: { API: "${services.api.url}", LOCAL: "${services.local.url}" } },
      local: { command: ["node", "-e", "require('http').createServer((q, s) => s.end(process.env.API)).listen(process.env.PORT, '127.0.0.1')"], port: port + 2, env: { API: "${services.api.url}" } },
    },
  }));
  const outcome = await place.envctl(["start", "--json"]);
  expect(reportOf(outcome)).toMatchObject({ ok: true });
  expect(await answer(place.port + 2)).toBe(`http://localhost:${place.port}`);
  expect((await place.envctl(["logs", "--service", "web"])).stdout).toContain("api at http://api.main.internal:80");
  expect(ofType(streamedEvents(outcome), "warning")).toMatchObject([{ code: "container_cannot_reach", message: expect.stringContaining(`host.docker.internal:${place.port + 2}`) }]);
});

test("in the machine's network a container reaches what listens on the loopback address", async ({ engine }) => {
  await engine.image("tiny");
  const place = await yard(engine, (port) => ({
    services: {
      web: { image: "envctl-test/tiny:1", network: "host", run: shell('echo "api at $API"; exec tiny {port}'), port, depends_on: ["local"], env: { API: "${services.local.url}" } },
      local: { image: "envctl-test/tiny:1", container_port: 80, port: port + 1 },
    },
  }));
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  expect(await answer(place.port)).toBe("tiny\n");
  expect((await place.envctl(["logs", "--service", "web"])).stdout).toContain(`api at http://localhost:${place.port + 1}`);
});

test("what changed begins anew in a new container, what did not goes on in its own", async ({ engine }) => {
  await engine.image("tiny");
  const configuration = (port: number, colour: string) => ({ services: { web: { image: "envctl-test/tiny:1", container_port: 80, port, env: { COLOUR: colour } }, other: { image: "envctl-test/tiny:1", container_port: 80, port: port + 1 } } });
  const place = await yard(engine, (port) => configuration(port, "blue"));
  await place.envctl(["start"]);
  const before = [place.handle("web"), place.handle("other")];
  place.configure(configuration(place.port, "red"));
  const report = reportOf(await place.envctl(["start", "--json"]));
  expect(report.units.map(({ unitId, action, because }) => [unitId, action, because])).toEqual([["Main/web", "restart", "changed: env COLOUR"], ["Main/other", "adopt", "lives and is unchanged"]]);
  expect(place.handle("web").containerId).not.toBe(before[0]?.containerId);
  expect(place.handle("other")).toEqual(before[1]);
  expect(await place.containers()).toHaveLength(2);
});

test("a container that somebody else made under our name is left alone", async ({ engine }) => {
  const place = await yard(engine, (port) => ({ services: { web: { image: "envctl-test/tiny:1", container_port: 80, port } } }));
  await place.envctl(["start"]);
  const name = (await place.containers())[0]?.Names[0]?.slice(1) ?? "";
  await place.envctl(["stop"]);
  const stranger = await engine.docker.createContainer({ name, Image: await engine.image("tiny") });
  try {
    await stranger.start();
    const report = reportOf(await place.envctl(["start", "--json"]));
    expect(report).toMatchObject({ ok: false, units: [{ failure: { reason: "conflict", message: expect.stringContaining("was not made by envctl") } }] });
    expect((await stranger.inspect()).State.Running).toBe(true);
  } finally {
    await stranger.remove({ force: true });
  }
});

test("an image nobody has, a program that ends at once and an engine that is not there are told", async ({ engine }) => {
  await engine.image("tiny");
  const place = await yard(engine, (port) => ({ services: { none: { image: "127.0.0.1:9/none:1", port }, short: { image: "envctl-test/tiny:1", run: shell("echo last words; exit 3"), port: port + 1 } } }));
  const { units } = reportOf(await place.envctl(["start", "--json"]));
  expect(units.find(({ unitId }) => unitId === "Main/none")?.failure).toMatchObject({ reason: "image_missing" });
  expect(units.find(({ unitId }) => unitId === "Main/short")?.failure).toMatchObject({ reason: "process_exited", message: expect.stringContaining("exit code 3"), logTail: ["last words"] });
  await eventually(async () => (await place.containers()).length === 0, "the end of what failed");
  await place.envctl(["stop-all"]);
  const lost = reportOf(await place.envctl(["start", "--json"], { env: { DOCKER_HOST: "unix:///nowhere/docker.sock" } }));
  expect(lost.units[0]?.failure).toMatchObject({ reason: "engine_unreachable", message: expect.stringContaining("unix:///nowhere/docker.sock (DOCKER_HOST): its socket is not there") });
});
