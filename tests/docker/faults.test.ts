/** What goes wrong with containers besides their ends: old data, volumes in use, ports that somebody takes. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { supabaseParts } from "../../src/requirements/supabase-settings.ts";
import { reportOf } from "../e2e/scene.ts";
import { engineTest } from "../rig/docker-engine.ts";
import { processesOf } from "../rig/processes.ts";
import { answer, yard } from "./yard.ts";

const test = engineTest;
const stop = { grace: "100ms" };

const databaseAlone = { migrations: false, services: Object.fromEntries(supabaseParts.map((part) => [part, false])) };

test.for([
  { name: "postgres", settings: {}, volumes: 1 },
  { name: "supabase", settings: databaseAlone, volumes: 2 },
])("data of $name that were made with another password are told at the start, and kept", async ({ name, settings, volumes }, { engine }) => {
  const image = await engine.image("postgres");
  const place = await yard(engine, (port) => ({ requirements: { [name]: { engine: "docker", image, version: 15, port, ...(name === "supabase" ? { db_port: port + 1 } : {}), ...settings } }, services: { web: { command: ["sleep", "600"], depends_on: [name], stop } } }));
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
  await place.envctl(["stop-all"]);
  await place.envctl(["daemon", "stop"]);
  rmSync(join(place.scope(), "secrets"), { recursive: true });
  const failed = reportOf(await place.envctl(["start", "--json"]));
  expect(failed).toMatchObject({ ok: false, failures: expect.arrayContaining([expect.objectContaining({ reason: "credentials_refused", message: expect.stringMatching(new RegExp(`the data in the volume of Main/${name} do not take the login that is configured: .*password authentication failed`)) as string })]) as unknown });
  expect([(await place.containers()).length, (await place.volumes()).length]).toEqual([0, volumes]);
  expect(reportOf(await place.envctl(["stop", "--remove-volumes", "--json"]))).toMatchObject({ ok: true });
  expect(await place.volumes(), "the way out that was told").toEqual([]);
});

test("a volume that somebody else's container uses is not removed, and that is told", async ({ engine }) => {
  const image = await engine.image("tiny");
  const place = await yard(engine, (port) => ({ services: { web: { image, container_port: 80, port, volumes: { data: "/data" }, stop } } }));
  await place.envctl(["start"]);
  const [volume = ""] = await place.volumes();
  const foreign = await engine.docker.createContainer({ Image: image, HostConfig: { Mounts: [{ Type: "volume", Source: volume, Target: "/data" }] } });
  onTestFinished(() => foreign.remove({ force: true }).catch(() => undefined));
  const stopped = reportOf(await place.envctl(["stop", "--remove-volumes", "--json"]));
  expect(stopped).toMatchObject({ ok: false, failures: [{ message: expect.stringMatching(new RegExp(`volume ${volume} could not be removed.*in use`)) as string }] });
  expect([(await place.containers()).length, await place.volumes()]).toEqual([0, [volume]]);
  await foreign.remove({ force: true });
});

test("a port that is taken between plan and start is another one at the next attempt", async ({ engine }) => {
  const image = await engine.image("tiny");
  // Takes the planned port once, as whoever is quicker would.
  const thief = `const fs = require("fs"), { spawn } = require("child_process");
    if (!fs.existsSync("taken")) {
      fs.writeFileSync("taken", "");
      const child = spawn(process.execPath, ["-e", "require('net').createServer().listen(process.argv[1], '127.0.0.1', () => console.log('here'))", process.env.PORT, "port-thief"], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
      child.stdout.once("data", () => process.exit(0));
    }`;
  const place = await yard(engine, (port) => ({ services: { web: { image, run: ["tiny", "{port}"], port, prepare: [{ name: "thief", run: ["node", "-e", thief] }], stop } } }));
  onTestFinished(() => {
    for (const { pid } of processesOf(place.directory).filter(({ command }) => command.includes("port-thief"))) process.kill(pid, "SIGKILL");
  });
  const started = await place.envctl(["start", "--json"]);
  expect(reportOf(started), started.stdout).toMatchObject({ ok: true, units: [{ unitId: "Main/web", status: "ready" }] });
  const port = place.state().units["Main/web"]?.spec.ports[0]?.port ?? 0;
  expect(port).not.toBe(place.port);
  expect(await answer(port)).toBe("tiny\n");
});

test("a disk that is full inside an engine is told in the server's words; with room again it starts, and nothing is left besides", async ({ engine }) => {
  const image = await engine.image("postgres");
  const place = await yard(engine, (port) => ({ requirements: { postgres: { engine: "docker", image, version: 15, port } }, services: { web: { command: ["sleep", "600"], depends_on: ["postgres"], stop } } }));
  await place.envctl(["start", "--service", "postgres"]);
  const [volume = ""] = await place.volumes();
  const { Labels } = await engine.docker.getVolume(volume).inspect();
  await place.envctl(["stop-all", "--remove-volumes"]);
  // One of a few megabytes under the name that it will use.
  await engine.docker.createVolume({ Name: volume, Labels: Labels ?? {}, Driver: "local", DriverOpts: { type: "tmpfs", device: "tmpfs", o: "size=8m" } });
  const failed = reportOf(await place.envctl(["start", "--json"]));
  const told = failed.failures.find(({ reason }) => reason === "process_exited");
  expect([told?.message, ...(told?.logTail ?? [])].join("\n"), JSON.stringify(failed.failures)).toMatch(/Main\/postgres[^]*No space left on device/);
  expect([(await place.containers()).length, await place.volumes()]).toEqual([0, [volume]]);
  await place.envctl(["stop-all", "--remove-volumes"]);
  expect(reportOf(await place.envctl(["start", "--json"]))).toMatchObject({ ok: true });
});
