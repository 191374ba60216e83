import { readFileSync } from "node:fs";
import { expect, onTestFinished } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import { lockOwner } from "../../src/host/lock.ts";
import { ofType, reportOf } from "../e2e/scene.ts";
import { isAlive } from "../rig/processes.ts";
import { engineTest } from "../rig/docker-engine.ts";
import { relayTo } from "../rig/relay.ts";
import { eventually } from "../rig/wait.ts";
import { answer, yard, type Yard } from "./yard.ts";

const test = engineTest;
const tiny = { image: "envctl-test/tiny:1", container_port: 80 };
const counting = 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.01; done';

function logOf(place: Yard, unit: string): string {
  return readFileSync(place.state().units[`Main/${unit}`]?.logPath ?? "", "utf8");
}

async function killDaemon(place: Yard): Promise<void> {
  const pid = lockOwner(`${place.scope()}/daemon.lock`)?.pid ?? -1;
  process.kill(pid, "SIGKILL");
  await eventually(() => !isAlive(pid), "the end of the daemon");
}

test("one that ends by itself starts again in a new container; one that wants too much memory is told so", async ({ engine }) => {
  await engine.image("tiny");
  const place = await yard(engine, (port) => ({
    services: {
      web: { ...tiny, port, restart: { base: "10ms" } },
      greedy: { ...tiny, run: ["sh", "-c", "tiny 80 & sleep 0.5; a=x; while :; do a=$a$a; done"], port: port + 1, critical: false, limits: { memory: "16M" }, restart: "never" },
    },
  }));
  await place.envctl(["start"]);
  const first = place.handle("web");
  await engine.docker.getContainer(first.containerId).kill();
  await eventually(() => ofType(place.events(), "unit_ready").filter(({ unitId }) => unitId === "Main/web").length === 2, "the restart", 20_000);
  expect(place.handle("web").containerId).not.toBe(first.containerId);
  expect(ofType(place.events(), "unit_crashed").find(({ unitId }) => unitId === "Main/web")).toMatchObject({ exit: { kind: "signal", signal: "SIGKILL" } });
  expect(await eventually(() => answer(place.port))).toBe("tiny\n");
  const greedy = await eventually(() => ofType(place.events(), "unit_crashed").find(({ unitId }) => unitId === "Main/greedy"), "the end of the greedy one", 20_000);
  expect(greedy.failure).toMatchObject({ reason: "limit_exceeded", message: expect.stringContaining("16 MiB") });
});

test("a daemon's death is not noticed: the same container goes on, no line of its log is lost or repeated", async ({ engine }) => {
  await engine.image("tiny");
  const place = await yard(engine, () => ({ services: { talker: { image: "envctl-test/tiny:1", run: ["sh", "-c", counting] } } }));
  await place.envctl(["start"]);
  const before = place.handle("talker");
  for (const line of ["line 50", "line 150"]) {
    await eventually(() => logOf(place, "talker").includes(`${line}\n`), line, 20_000);
    await killDaemon(place);
    expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ units: [{ action: "adopt" }] });
    expect(place.handle("talker")).toEqual(before);
  }
  await eventually(() => logOf(place, "talker").includes("line 250\n"), "line 250", 20_000);
  await place.envctl(["stop"]);
  const lines = logOf(place, "talker").trimEnd().split("\n");
  expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
});

test("one that ended while no daemon was there is found ended, and what a killed start left is removed", async ({ engine }) => {
  await engine.image("tiny");
  const place = await yard(engine, (port) => ({ services: { web: { ...tiny, port } } }));
  await place.envctl(["start"]);
  const { containerId } = place.handle("web");
  await killDaemon(place);
  await engine.docker.getContainer(containerId).kill();
  const { units } = reportOf(await place.envctl(["resume", "--json"]));
  expect(units).toMatchObject([{ action: "start", status: "ready" }]);
  expect((await place.containers()).map(({ Labels }) => Labels[containerLabels.unit])).toEqual(["web"]);
  expect(place.handle("web").containerId).not.toBe(containerId);
});

test("while its engine does not answer a unit is neither given up nor replaced, and a start fails with the reason", async ({ engine }) => {
  await engine.image("tiny");
  const relay = await relayTo(engine.socket, onTestFinished);
  const place = await yard(engine, (port) => ({ services: { web: { ...tiny, port }, other: { ...tiny, port: port + 1 } } }), { stage: { env: { DOCKER_HOST: `unix://${relay.socket}` } } });
  await place.envctl(["start", "--service", "web"]);
  const before = place.handle("web");
  await relay.cut();
  const { units } = await eventually(async () => {
    const report = reportOf(await place.envctl(["start", "--json"]));
    return report.units.some(({ action }) => action === "leave") && report;
  }, "the engine's silence", 20_000);
  expect(units.find(({ unitId }) => unitId === "Main/web")).toMatchObject({ action: "leave", because: expect.stringContaining("does not answer") });
  expect(units.find(({ unitId }) => unitId === "Main/other")?.failure).toMatchObject({ reason: "engine_unreachable" });
  expect(await answer(place.port)).toBe("tiny\n");
  await relay.mend();
  await eventually(async () => reportOf(await place.envctl(["start", "--json"])).ok, "the engine's return", 20_000);
  expect(place.handle("web")).toEqual(before);
});

test("an engine that goes away while a container starts fails the start; what it left is found and removed when it is back", async ({ engine }) => {
  await engine.image("tiny");
  const relay = await relayTo(engine.socket, onTestFinished);
  const place = await yard(engine, (port) => ({ services: { mute: { image: "envctl-test/tiny:1", run: ["sleep", "1000"], port, ready: { timeout: "3s", listener: true }, stop: { grace: "100ms" } } } }), { stage: { env: { DOCKER_HOST: `unix://${relay.socket}` } } });
  const starting = place.envctl(["start", "--json"]);
  await eventually(async () => (await place.containers()).some(({ State }) => State === "running"), "the container", 20_000);
  await relay.cut();
  expect(reportOf(await starting)).toMatchObject({ ok: false });
  expect(await place.containers()).toHaveLength(1);
  await relay.mend();
  await eventually(async () => reportOf(await place.envctl(["stop-all", "--json"])).ok && (await place.containers()).length === 0, "the end of the container", 20_000);
});

test("a start whose daemon was killed leaves no container behind the next daemon", async ({ engine }) => {
  await engine.image("tiny");
  const place = await yard(engine, (port) => ({ services: { mute: { image: "envctl-test/tiny:1", run: ["sleep", "1000"], port, ready: { timeout: "60s", listener: true } } } }));
  const starting = place.envctl(["start"]);
  await eventually(async () => (await place.containers()).some(({ State }) => State === "running"), "the container", 20_000);
  await killDaemon(place);
  await starting;
  await place.envctl(["stop", "--service", "nobody"]);
  await eventually(async () => (await place.containers()).length === 0, "the end of the container", 20_000);
});
