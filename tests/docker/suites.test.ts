/** A suite whose servers run in containers: they and their volumes go, and Main's stay. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import { engineTest, type TestEngine } from "../rig/docker-engine.ts";
import { yard } from "./yard.ts";

/** Containers, volumes and networks of projects that were made for the suite. */
async function ofSuite({ docker }: TestEngine): Promise<readonly unknown[]> {
  const all = [...(await docker.listContainers({ all: true })), ...(await docker.listVolumes()).Volumes, ...(await docker.listNetworks())];
  return all.filter(({ Labels }) => Labels?.[containerLabels.project]?.startsWith("suite-boxes-") === true);
}

engineTest("D13 the containers and volumes of a suite's project go with it, and Main's stay", async ({ engine }) => {
  const script = `
    const { Redis } = require("${createRequire(import.meta.url).resolve("ioredis")}");
    const client = new Redis(process.env.REDIS_URL);
    client.get("who").then((before) => client.set("who", "suite").then(() => console.log(String(before)))).finally(() => client.disconnect());`;
  const image = await engine.image("redis");
  const place = await yard(engine, (port) => ({
    requirements: { redis: { engine: "docker", image, port, persist: true } },
    services: { app: { command: ["sleep", "600"], depends_on: ["redis"] } },
  }), { files: { [join(".envctl.d", "suites", "suite_boxes", "exp_who.cjs")]: script, [join(".envctl.d", "suites", "boxes.yaml")]: "services: [redis]" } });
  const started = await place.envctl(["start"]);
  expect(started.code, started.stderr).toBe(0);
  const ofMain = async (): Promise<Redis> => new Redis((await place.envctl(["db", "url", "--project", "Main", "--requirement", "redis"])).stdout.trim());
  const main = await ofMain();
  await main.set("who", "Main").finally(() => main.disconnect());
  const handle = place.handle("redis");

  const outcome = await place.envctl(["suite", "run", "boxes", "--json", "--report", "detail"], { timeoutMs: 120_000 });
  expect([outcome.code, outcome.json()], outcome.stderr).toMatchObject([0, { results: [{ status: "PASS", output: ["null"] }], failures: [] }]);
  expect(await ofSuite(engine)).toEqual([]);
  expect(place.handle("redis")).toEqual(handle);
  const again = await ofMain();
  expect(await again.get("who").finally(() => again.disconnect())).toBe("Main");
}, 180_000);
