import { expect, test } from "vitest";
import type { ContainerConfig, ServiceConfig } from "../../src/model/config.ts";
import { containerHostName } from "../../src/model/container.ts";
import { unitSpecs, type RequirementDraft } from "../../src/plan/desired.ts";
import { driftText } from "../../src/plan/drift.ts";
import type { UnitSpec } from "../../src/model/unit.ts";
import { config, redis, service } from "./specimen.ts";

const contained = (name: string, container: Partial<ContainerConfig> = {}, more: Partial<ServiceConfig> = {}): ServiceConfig =>
  service(name, { executor: "container", command: [], container: { image: "web:1", volumes: {}, network: "project", ...container }, ...more });

const redisInside: RequirementDraft = { ...redis, engine: "docker", run: (ports) => ({ ...redis.run(ports), command: [], container: { image: "redis:7.4.2", volumes: [{ name: "redis-data", target: "/data" }], ports: { main: 6379 } } }) };

function specsOf(services: readonly ServiceConfig[], requirement: RequirementDraft = redis): Readonly<Record<string, UnitSpec>> {
  const units = ["redis", ...services.map(({ name }) => name)];
  const fact = { name: "feature-A", root: "/shop", isMain: false, slot: 1 };
  const { specs, failures } = unitSpecs({ fact, config: config(services), requirements: { redis: requirement }, units }, { of: (name) => [{ name: "main", port: 9000 + units.indexOf(name), requested: 9000 }] }, {});
  expect(failures).toEqual([]);
  return Object.fromEntries(specs.map((spec) => [spec.name, spec]));
}

const env = { API: "${services.api.url}", REDIS: "${redis.url}", BROWSER: "${services.api.local_url}", ITSELF: "{port}" };

test("a container sees other containers by name and inner port, and the machine by its name for it", () => {
  const { web, api } = specsOf([contained("api", { port: 80 }), contained("web", { port: 3000 }, { env, dependsOn: ["redis"] })]);
  expect(api?.container).toMatchObject({ hostName: "api.feature-a.internal", ports: [{ inside: 80, port: 9001 }] });
  expect(web?.env).toMatchObject({ API: "http://api.feature-a.internal:80", REDIS: "redis://host.docker.internal:9000", BROWSER: "http://localhost:9001", ITSELF: "3000", PORT: "3000" });
  expect(web).toMatchObject({ url: "http://localhost:9002", ready: { kind: "published", port: 9002 } });
});

test("names that host names cannot have stay apart", () => {
  expect([containerHostName("feature-A", "web"), containerHostName("main", "my-db")]).toEqual(["web.feature-a.internal", "my-db.main.internal"]);
  const names = [["main", "my_db"], ["main", "my.db"], ["main", "My-db"], ["feature_a", "web"], ["main", "x".repeat(80)]].map(([project = "", unit = ""]) => containerHostName(project, unit));
  expect(new Set([...names, "web.feature-a.internal", "my-db.main.internal"]).size).toBe(names.length + 2);
  expect(names.filter((name) => !/^[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}\.internal$/.test(name))).toEqual([]);
});

test("a requirement in a container is found by its name inside, and at its port on the machine", () => {
  const { web, local, redis: server } = specsOf([contained("web", {}, { env }), contained("api"), service("local", { env })], redisInside);
  expect(server).toMatchObject({ executor: "container", container: { image: "redis:7.4.2", ports: [{ inside: 6379, port: 9000 }], hostName: "redis.feature-a.internal" } });
  expect(web?.env).toMatchObject({ REDIS: "redis://redis.feature-a.internal:6379", ITSELF: "9001" });
  expect(local?.env).toMatchObject({ REDIS: "redis://127.0.0.1:9000", API: "http://localhost:9002" });
});

test("a server of Main's that serves a worktree is found by Main's name for it", () => {
  const { web } = specsOf([contained("web", {}, { env: { REDIS: "${redis.url}" } })], { ...redisInside, server: "Main" });
  expect(web?.env).toMatchObject({ REDIS: "redis://redis.main.internal:6379" });
});

test("in the machine's network everything is where it is for programs, and nothing is published", () => {
  const { web } = specsOf([contained("api", { port: 80 }), contained("web", { network: "host" }, { env })]);
  expect(web?.env).toMatchObject({ API: "http://localhost:9001", REDIS: "redis://127.0.0.1:9000", ITSELF: "9002" });
  expect(web).toMatchObject({ container: { ports: [] }, ready: { kind: "listener", port: 9002 } });
});

test.each<readonly [string, ServiceConfig]>([
  ["image", contained("web", { image: "web:2" })],
  ["volumes", contained("web", { volumes: { data: "/data" } })],
  ["network, container_port, readiness probe", contained("web", { network: "host" })],
  ["limits.memory", contained("web", {}, { limits: { memoryBytes: 1024, onLimit: "warn" } })],
  ["container_port, env PORT", contained("web", { port: 80 })],
  ["command, module, container, readiness probe", service("web")],
])("%s: what changed is named", (words, changed) => {
  const [before, after] = [specsOf([contained("web", {}, { dir: "web" })])["web"], specsOf([changed])["web"]];
  if (before === undefined || after === undefined) throw new Error("no web");
  expect(driftText(before, after)).toBe(words);
});
