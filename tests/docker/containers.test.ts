import { expect } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import { freePorts } from "../rig/ports.ts";
import { eventually } from "../rig/wait.ts";
import { containerTest } from "./scene.ts";

const test = containerTest;

async function answer(port: number): Promise<string | undefined> {
  return fetch(`http://127.0.0.1:${port}/`).then((response) => response.text(), () => undefined);
}

test("a container runs what it was told, published on the loopback address only", async ({ scene }) => {
  const port = await freePorts();
  const facts = await scene.ours.containers.start(await scene.spec("web", { command: ["tiny", "8080"], ports: [{ container: 8080, host: port }] }));
  expect(facts).toMatchObject({ name: `envctl-${scene.scope.slice(5)}-main-web`, isRunning: true, ports: [{ container: 8080, host: port }], labels: scene.labels("web") });
  expect(facts).not.toHaveProperty("end");
  expect(await eventually(() => answer(port))).toBe("tiny\n");
  const bindings = (await scene.docker.getContainer(facts.id).inspect()).NetworkSettings.Ports["8080/tcp"];
  expect(bindings).toEqual([{ HostIp: "127.0.0.1", HostPort: String(port) }]);
});

test("starting it again keeps it, with another specification it is replaced", async ({ scene }) => {
  const spec = await scene.spec("web");
  const first = await scene.ours.containers.start(spec);
  expect(await scene.ours.containers.start({ ...spec, labels: { ...spec.labels, [containerLabels.run]: "later" } })).toEqual(first);
  await scene.ours.containers.kill(first.id);
  await scene.ours.containers.ended(first.id, AbortSignal.timeout(10_000));
  expect(await scene.ours.containers.start(spec)).toMatchObject({ id: first.id, isRunning: true });
  const changed = await scene.ours.containers.start({ ...spec, labels: { ...spec.labels, [containerLabels.spec]: "two" } });
  expect(changed.id).not.toBe(first.id);
  expect(await scene.ours.containers.inspect(first.id)).toBeUndefined();
  expect(await scene.ours.containers.list({ [containerLabels.scope]: scene.scope })).toEqual([changed]);
});

test("environment, user, directory, entry point, memory, hosts and mounts arrive", async ({ scene }) => {
  const { ours } = scene;
  const script = 'echo "$NAME|$(id -u)|$(pwd)|$(cat /etc/hosts | grep -c helper)"; echo kept > /data/file; (echo no > /fixed/file) 2>/dev/null || echo readonly';
  const facts = await ours.containers.start(await scene.spec("job", {
    entrypoint: ["sh", "-c"], command: [script], env: { NAME: "a b=c" }, user: "0:0", workdir: "/tmp", memoryBytes: 32 * 1_048_576, extraHosts: ["helper:192.0.2.7"], stopSignal: "SIGINT",
    volumes: [{ volume: `${scene.scope}-data`, target: "/data" }, { hostPath: process.cwd(), target: "/fixed", readonly: true }],
  }));
  await ours.containers.ended(facts.id, AbortSignal.timeout(10_000));
  const lines: string[] = [];
  await ours.containers.followLog(facts.id, undefined, ({ bytes }) => lines.push(bytes.toString("utf8")), AbortSignal.timeout(10_000));
  expect(lines).toEqual(["a b=c|0|/tmp|1\n", "readonly\n"]);
  expect((await scene.docker.getContainer(facts.id).inspect()).HostConfig.Memory).toBe(32 * 1_048_576);
  expect((await ours.volumes.list({ [containerLabels.unit]: "job" })).map(({ name }) => name)).toContain(`${scene.scope}-data`);
});

test("stop sends the signal, and kills after the grace who does not listen", async ({ scene }) => {
  const { containers } = scene.ours;
  const polite = await containers.start(await scene.shell("polite", "trap 'exit 7' USR1; echo ready; while :; do sleep 0.05; done"));
  const stubborn = await containers.start(await scene.shell("stubborn", "trap '' TERM; echo ready; while :; do sleep 0.05; done"));
  for (const { id } of [polite, stubborn]) await scene.written(id, /ready/);
  await containers.stop(polite.id, "SIGUSR1", 20_000);
  expect((await containers.inspect(polite.id))?.end).toMatchObject({ exitCode: 7, isOutOfMemory: false });
  await containers.stop(stubborn.name, "SIGTERM", 200);
  expect((await containers.inspect(stubborn.id))?.end?.exitCode).toBe(137);
  await containers.stop(stubborn.id, "SIGTERM", 200);
  await containers.remove(stubborn.id);
  await containers.remove(stubborn.id);
  await containers.stop(stubborn.id, "SIGTERM", 200);
  expect(await containers.ended(stubborn.id, AbortSignal.timeout(10_000))).toBeUndefined();
});
