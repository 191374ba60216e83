import { expect, onTestFinished } from "vitest";
import { containerLabels, type ContainerEngine, type EngineEvent } from "../../src/host/container-engine.ts";
import { relayTo } from "../rig/relay.ts";
import { eventually } from "../rig/wait.ts";
import { containerTest } from "./scene.ts";

const test = containerTest;

function watch(engine: ContainerEngine, scope: string): readonly EngineEvent[] {
  const seen: EngineEvent[] = [];
  const end = new AbortController();
  const watching = (async () => {
    for await (const event of engine.events({ [containerLabels.scope]: scope }, end.signal)) seen.push(event);
  })();
  onTestFinished(async () => {
    end.abort();
    await watching;
  });
  return seen;
}

test("starts and ends of the scope's containers are told, nobody else's", async ({ scene }) => {
  const events = watch(scene.ours, scene.scope);
  await eventually(() => events.length === 1);
  const { id } = await scene.ours.containers.start(await scene.shell("job", "exit 3"));
  await eventually(() => events.length === 3, "three events");
  expect(events).toMatchObject([{ kind: "connected" }, { kind: "started", containerId: id }, { kind: "ended", containerId: id, exitCode: 3, labels: { [containerLabels.unit]: "job" } }]);
  const stranger = await scene.docker.createContainer({ Image: await scene.image("tiny"), Cmd: ["sh", "-c", "exit 0"], HostConfig: { AutoRemove: true } });
  await stranger.start();
  await scene.ours.containers.start(await scene.shell("job", "exit 3"));
  await eventually(() => events.length === 5, "two more events");
  expect(events.slice(3)).toMatchObject([{ kind: "started", containerId: id }, { kind: "ended", containerId: id }]);
});

test("after a broken connection it says so and goes on", async ({ engine, scene }) => {
  const relay = await relayTo(engine.socket, onTestFinished);
  const events = watch(await scene.by(`unix://${relay.socket}`), scene.scope);
  await eventually(() => events.length === 1);
  await relay.cut();
  await scene.ours.containers.start(await scene.shell("unseen", "exit 0"));
  await relay.mend();
  await eventually(() => events.length === 2, "another connection", 10_000);
  const { id } = await scene.ours.containers.start(await scene.spec("seen"));
  await eventually(() => events.some((event) => event.kind === "started" && event.containerId === id));
  expect(events.map(({ kind }) => kind).slice(0, 2)).toEqual(["connected", "connected"]);
});

test("a container that wants too much memory is ended, and it is known why", async ({ scene }) => {
  const events = watch(scene.ours, scene.scope);
  await eventually(() => events.length === 1);
  const { id } = await scene.ours.containers.start(await scene.shell("greedy", "exec tail /dev/zero", { memoryBytes: 16 * 1_048_576 }));
  const facts = await scene.ours.containers.ended(id, AbortSignal.timeout(20_000));
  expect(facts?.end).toMatchObject({ isOutOfMemory: true, exitCode: 137 });
  await eventually(() => events.some(({ kind }) => kind === "out-of-memory"), "the event");
});
