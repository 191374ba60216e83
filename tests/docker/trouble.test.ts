import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import { connect } from "../../src/host/docker-connect.ts";
import { findEngine } from "../../src/host/docker-find.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { freePorts } from "../rig/ports.ts";
import { relayTo } from "../rig/relay.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { containerTest, failureOf, type Scene } from "./scene.ts";

const test = containerTest;

/** Somebody else's container, volume and network, with the names ours would have. */
async function stranger(scene: Scene, name: string, labels: Record<string, string>): Promise<string> {
  const { docker } = scene;
  const container = await docker.createContainer({ name, Image: await scene.image("tiny"), Labels: labels });
  await container.start();
  onTestFinished(() => container.remove({ force: true }));
  await docker.createVolume({ Name: name, Labels: labels });
  onTestFinished(() => docker.getVolume(name).remove());
  const network = await docker.createNetwork({ Name: name, Labels: labels });
  onTestFinished(() => network.remove());
  return container.id;
}

test.for([{ whose: "nobody's", labels: {} }, { whose: "another repository's", labels: { [containerLabels.scope]: "repo-0123456789ab" } }])("$whose container, volume and network are left alone, whatever is asked", async ({ labels }, { scene }) => {
  const { containers, volumes, networks } = scene.ours;
  const spec = await scene.spec("web");
  const id = await stranger(scene, spec.name, labels);
  const attempts = [
    containers.start(spec), containers.stop(id, "SIGTERM", 100), containers.kill(id), containers.remove(spec.name),
    volumes.create(spec.name, spec.labels), volumes.remove(spec.name), networks.create(spec.name, spec.labels), networks.remove(spec.name),
  ];
  for (const failure of await Promise.all(attempts.map(failureOf))) expect(failure).toMatchObject({ reason: "conflict", message: expect.stringContaining("left alone") });
  expect((await scene.docker.getContainer(id).inspect()).State.Running).toBe(true);
  expect(await containers.list({ [containerLabels.scope]: scene.scope })).toEqual([]);
});

test("a port that is taken is named, and nothing of the attempt stays", async ({ scene }) => {
  const { containers } = scene.ours;
  const ports = [{ container: 80, host: await freePorts() }];
  await containers.start(await scene.spec("first", { ports }));
  const byContainer = await failureOf(containers.start(await scene.spec("second", { ports })));
  expect(byContainer).toMatchObject({ reason: "port_unavailable", message: expect.stringContaining(`port ${ports[0]?.host} is taken`) });
  const port = await freePorts();
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  const byProcess = await failureOf(containers.start(await scene.spec("third", { ports: [{ container: 80, host: port }] })));
  expect(byProcess).toMatchObject({ reason: "port_unavailable", message: expect.stringContaining(`port ${port} is taken`) });
  expect((await containers.list({ [containerLabels.scope]: scene.scope })).map(({ labels }) => labels[containerLabels.unit])).toEqual(["first"]);
});

test("an image that is missing, a directory that is not there, a program that is not there", async ({ scene }) => {
  const { containers } = scene.ours;
  expect(await failureOf(containers.start(await scene.spec("web", { image: "envctl-test/none:1" })))).toMatchObject({ reason: "image_missing", message: expect.stringContaining("envctl-test/none:1") });
  expect((await failureOf(containers.start(await scene.spec("web", { volumes: [{ hostPath: "/nowhere/at/all", target: "/data" }] }))))?.message).toContain("/nowhere/at/all");
  expect((await failureOf(containers.start(await scene.spec("web", { command: ["no-such-program"] }))))?.message).toContain("no-such-program");
  expect(await containers.list({ [containerLabels.scope]: scene.scope })).toEqual([]);
});

test("an engine that goes away is named as the reason", async ({ engine, scene }) => {
  const relay = await relayTo(engine.socket, onTestFinished);
  const ours = await scene.by(`unix://${relay.socket}`);
  const { id } = await ours.containers.start(await scene.spec("web"));
  const ended = failureOf(ours.containers.ended(id, AbortSignal.timeout(20_000)));
  // By then the engine has begun to answer: what breaks is an answer, not a question.
  await ours.containers.inspect(id);
  await relay.cut();
  expect(await ended).toMatchObject({ reason: "engine_unreachable" });
  expect(await failureOf(ours.containers.inspect(id))).toMatchObject({ reason: "engine_unreachable", message: expect.stringContaining("cannot be asked") });
  await relay.mend();
  expect(await ours.containers.inspect(id)).toMatchObject({ isRunning: true });
});

test("ports of an engine on another machine need ssh", async ({ scene }) => {
  await scene.ours.forward(8000, { port: 8000 });
  const connection = await connect({ kind: "tcp", host: "192.0.2.1", port: 2376 }, {});
  expect(await failureOf(connection.forward(8000, { port: 8000 }))).toMatchObject({ message: expect.stringContaining("tcp://192.0.2.1:2376 cannot be reached from here"), hint: expect.stringContaining("ssh://") });
});

test("an engine that is silent is not waited for", async () => {
  const socket = join(temporaryDirectory(onTestFinished, "silent"), "s");
  const server = createServer().listen(socket);
  onTestFinished(() => void server.close());
  const search = await findEngine({ environment: { DOCKER_HOST: `unix://${socket}` }, machine: observeMachine() }, undefined, 300);
  expect(search).toMatchObject({ kind: "none", failure: { reason: "engine_unreachable", message: expect.stringContaining(`unix://${socket} (DOCKER_HOST): it closed the connection or did not answer in time`) } });
});
