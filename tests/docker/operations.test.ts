import { execFileSync } from "node:child_process";
import { expect, onTestFinished } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import { copyVolume } from "../../src/engine/containers/volume-copy.ts";
import { containerName } from "../../src/host/docker-spec.ts";
import type { VolumeScript } from "../../src/requirements/adapter.ts";
import { bundled } from "../host/bundle.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";
import { containerTest, failureOf } from "./scene.ts";

const test = containerTest;

test("the engine says what it is and where it was found", async ({ scene }) => {
  expect(scene.ours.found).toMatchObject({ product: "docker", source: "DOCKER_HOST", address: { kind: "unix", socket: scene.socket }, version: expect.stringMatching(/^\d+\.\d+/), apiVersion: expect.stringMatching(/^1\.\d+$/) });
});

test("a program run in a container gives its output, its exit code, or why there is none", async ({ scene }) => {
  const { containers } = scene.ours;
  const { id } = await containers.start(await scene.spec("web"));
  const run = (script: string, timeoutMs = 20_000) => containers.exec(id, { command: ["sh", "-c", script], env: { WORD: "two words" }, user: "999", timeoutMs });
  expect(await run('echo "$WORD" $(id -u); echo problem >&2; exit 3')).toEqual({ code: 3, stdout: "two words 999\n", stderr: "problem\n" });
  expect(await run("sleep 30", 300)).toMatchObject({ code: undefined, trouble: expect.stringMatching(/^"sh -c sleep 30" did not end in 300 ms in container /) });
  expect((await containers.exec(id, { command: ["no-such-program"], timeoutMs: 20_000 })).code).not.toBe(0);
  expect(await containers.exec("none", { command: ["true"], timeoutMs: 20_000 })).toMatchObject({ code: undefined, trouble: expect.stringContaining("No such container") });
});

test("a running container has figures, one that ended has none", async ({ scene }) => {
  const { containers } = scene.ours;
  const { id } = await containers.start(await scene.shell("busy", "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; exec tiny"));
  await scene.written(id, /tiny listens/);
  const figures = await containers.figures(id);
  expect(figures).toMatchObject({ processes: 1 });
  expect(figures?.cpuMs).toBeGreaterThan(0);
  expect(figures?.memoryBytes).toBeGreaterThan(0);
  await containers.stop(id, "SIGTERM", 10_000);
  expect(await containers.figures(id)).toBeUndefined();
  expect(await containers.figures("none")).toBeUndefined();
});

test("a copy for which a volume has no room, looked for first or found out, is told with the figures and leaves nothing", async ({ scene }) => {
  const { ours, docker, scope } = scene;
  const [from, to] = ["from", "to"].map((name) => containerName({ scope, project: "Main", unit: name }));
  const labels = scene.labels("data");
  const filled = async (bytes: string): Promise<void> => {
    const { id } = await ours.containers.start(await scene.shell("filler", `dd if=/dev/zero of=/data/file bs=${bytes} count=1`, { volumes: [{ volume: from ?? "", target: "/data" }] }));
    await ours.containers.ended(id, AbortSignal.timeout(20_000));
    await ours.containers.remove(id);
  };
  const copied = async (script?: VolumeScript): Promise<string> => {
    await docker.createVolume({ Name: to ?? "", Labels: labels, Driver: "local", DriverOpts: { type: "tmpfs", device: "tmpfs", o: "size=1m" } });
    const failure = await failureOf(copyVolume({ docker: ours, scope, project: "Main", unit: "data", image: await scene.image("tiny"), from: { volume: from ?? "" }, to: to ?? "", ...(script === undefined ? {} : { makeOwn: script }), reveal: (key) => key, signal: AbortSignal.timeout(30_000), progress: () => undefined }));
    expect([(await ours.volumes.list(labels)).map(({ name }) => name), await ours.containers.list({ [containerLabels.scope]: scope })]).toEqual([[from], []]);
    return failure?.message ?? "";
  };
  await ours.volumes.create(from ?? "", labels);
  await filled("4M");
  expect(await copied()).toMatch(/volume \S+ could not be copied: error: a copy needs \d+ MB, and \d MB are free/);
  await filled("1k");
  expect(await copied({ script: "dd if=/dev/zero of=/data/more bs=4M count=1", env: {}, user: "0", target: "/data" })).toMatch(/could not be copied: .*No space left on device/);
});

test("a copy of a volume says how far it is, in the words of what makes it, and those are never taken for its trouble", async ({ scene }) => {
  const { ours, scope } = scene;
  const [from = "", to = ""] = ["from", "to"].map((name) => containerName({ scope, project: "Main", unit: name }));
  await ours.volumes.create(from, scene.labels("data"));
  const told: (readonly unknown[])[] = [];
  const script = 'echo "     0/2048 kB (0%), 0/1 tablespace"; echo "error: no more"; echo "  1024/2048 kB (50%), 0/1 tablespace"; exit 3';
  const failure = await failureOf(copyVolume({ docker: ours, scope, project: "Main", unit: "data", image: await scene.image("tiny"), from: { volume: from }, to, makeOwn: { script, env: {}, user: "0", target: "/data" }, reveal: (key) => key, signal: AbortSignal.timeout(30_000), progress: (...words) => void told.push(words) }));
  expect(told).toEqual([[`copying volume ${from}`], [`copying volume ${from}`, 0, 2 * 1024 ** 2], [`copying volume ${from}`, 1024 ** 2, 2 * 1024 ** 2]]);
  expect(failure?.message).toBe(`volume ${from} could not be copied: error: no more`);
});

test("volumes are made once, found by label, measured and removed", async ({ scene }) => {
  const { ours, scope } = scene;
  const name = `${scope}-data`;
  const labels = { [containerLabels.scope]: scope };
  for (const _ of ["first", "again"]) await ours.volumes.create(name, scene.labels("web"));
  expect(await ours.volumes.list(labels)).toEqual([{ name, labels: scene.labels("web") }]);
  const { id } = await ours.containers.start(await scene.shell("web", "head -c 500000 /dev/zero > /data/file", { volumes: [{ volume: name, target: "/data" }] }));
  await ours.containers.ended(id, AbortSignal.timeout(20_000));
  const sizes = await ours.volumes.sizes(labels);
  expect(Object.keys(sizes)).toEqual([name]);
  expect(sizes[name]).toBeGreaterThanOrEqual(500_000);
  await expect(ours.volumes.remove(name)).rejects.toThrow(`volume ${name} could not be removed: `);
  await ours.containers.remove(id);
  for (const _ of ["first", "again"]) await ours.volumes.remove(name);
  expect(await ours.volumes.list(labels)).toEqual([]);
});

test("containers of one network find each other by name", async ({ scene }) => {
  const { ours, scope } = scene;
  for (const _ of ["first", "again"]) await ours.networks.create(scope, scene.labels("net"));
  expect(await ours.networks.list({ [containerLabels.scope]: scope })).toEqual([scope]);
  const { id: server } = await ours.containers.start(await scene.spec("redis", { image: await scene.image("redis"), network: scope, aliases: ["cache"] }));
  await scene.written(server, /Ready to accept/);
  const { id: client } = await ours.containers.start(await scene.spec("client", { image: await scene.image("redis"), network: scope, command: ["redis-cli", "-h", "cache", "ping"] }));
  await scene.written(client, /PONG/);
  for (const id of [server, client]) await ours.containers.remove(id);
  await eventually(() => ours.networks.remove(scope).then(() => true, () => false), "the network is unused");
  await ours.networks.remove(scope);
  expect(await ours.networks.list({ [containerLabels.scope]: scope })).toEqual([]);
});

test("bundled as it is delivered, without the packages nothing uses, it works all the same", async ({ scene }) => {
  const entry = `
    import { openEngine } from "./src/host/docker-engine.ts";
    import { findEngine } from "./src/host/docker-find.ts";
    import { observeMachine } from "./src/host/machine.ts";
    const search = await findEngine({ environment: process.env, machine: observeMachine() });
    const engine = await openEngine(search.engine, ${JSON.stringify(scene.scope)}, process.env);
    const { id } = await engine.containers.start(JSON.parse(process.argv[2]));
    await engine.containers.followLog(id, undefined, ({ bytes }) => process.stdout.write(bytes), AbortSignal.timeout(20000));
    console.log(await engine.images.build({ directory: process.argv[3], tag: "x:1", labels: {} }, () => undefined, AbortSignal.timeout(20000)).catch((error) => error.message));`;
  const directory = temporaryDirectory(onTestFinished, "bundle");
  const program = await bundled(entry, directory, "engine");
  const output = execFileSync(process.execPath, [program, JSON.stringify(await scene.shell("job", "echo bundled")), directory], { encoding: "utf8", env: { DOCKER_HOST: `unix://${scene.socket}` }, timeout: 30_000 });
  expect(output).toMatch(/^bundled\nthe image x:1 could not be built from .*: .*Dockerfile/);
});
