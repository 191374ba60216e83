/** The same by Podman's socket, where its answers differ from Docker's. */
import { expect, onTestFinished } from "vitest";
import { reportOf } from "../e2e/scene.ts";
import { engineTest } from "../rig/docker-engine.ts";
import { podmanEngine } from "../rig/podman.ts";
import { eventually } from "../rig/wait.ts";
import { answer, yard } from "./yard.ts";

const test = engineTest;

test("Podman: published, restarted when it ends, taken over by the next daemon, and gone with its volumes", async ({ engine, skip }) => {
  // Fills the cache of images.
  await Promise.all([engine.image("tiny"), engine.image("redis")]);
  const podman = await podmanEngine(onTestFinished);
  if (typeof podman === "string") return skip(podman);
  const image = await podman.image("tiny");
  const redis = await podman.image("redis");
  const place = await yard(podman, (port) => ({ requirements: { redis: { engine: "docker", image: redis, port: port + 1 } }, services: { web: { image, container_port: 80, port, volumes: { data: "/data" }, restart: { strategy: "immediate", when: "always" }, stop: { grace: "100ms" } } } }));
  const started = await place.envctl(["start", "--json"]);
  expect(reportOf(started), started.stdout).toMatchObject({ ok: true });
  expect(await answer(place.port)).toBe("tiny\n");
  expect(place.state().units["Main/redis"]?.life, "it answered PONG to its password").toMatchObject({ status: "ready" });

  const { containerId } = place.handle("web");
  await podman.docker.getContainer(containerId).kill();
  await eventually(() => place.state().units["Main/web"]?.life.status === "ready" && place.handle("web").containerId !== containerId, "a new container", 20_000);
  expect(place.state().units["Main/web"]?.lastExit).toEqual({ kind: "signal", signal: "SIGKILL" });

  process.kill(Number((await place.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true, units: [{ action: "adopt" }, { action: "adopt" }] });
  expect((await place.envctl(["logs", "--service", "web"])).stdout).toContain("tiny listens");

  expect(await place.volumes()).toHaveLength(2);
  const stopped = await place.envctl(["stop-all", "--remove-volumes", "--json"]);
  expect(reportOf(stopped), stopped.stdout).toMatchObject({ ok: true });
  expect([await place.containers(), await place.volumes(), await place.networks()]).toEqual([[], [], []]);
});
