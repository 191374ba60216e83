/** Servers outside of envctl, real ones: those that another repository runs. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePorts } from "../rig/ports.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, ofType, reportOf, scene, type Configuration, type Scene } from "./scene.ts";

interface Neighbour {
  readonly envctl: Scene["envctl"];
  /** `DATABASE_URL` and `REDIS_URL` of its servers. */
  readonly urls: Readonly<Record<string, string>>;
}

/** A second repository on the same stage that runs the servers named, and is no part of the first one's run. */
async function neighbour(stack: Scene, requirements: readonly string[]): Promise<Neighbour> {
  const port = await freePorts(60);
  const described = Object.fromEntries(requirements.map((name, index) => [name, { port: port + index }]));
  const configuration = { version: 1, requirements: described, services: { client: { command: puppet(), depends_on: requirements } } };
  const { root } = stack.repository({ files: { ".envctl": JSON.stringify(configuration) } });
  const envctl: Scene["envctl"] = (args, call = {}) => stack.envctl(args, { ...call, cwd: root });
  const started = await envctl(["start", "--json"]);
  expect(started.code).toBe(0);
  return { envctl, urls: (await envctl(["env", "client", "--reveal", "--json"])).at("env") as Neighbour["urls"] };
}

const externals = (names: readonly string[], more: Configuration = {}) => (): Configuration => ({
  requirements: Object.fromEntries(names.map((name) => [name, { engine: "external", url: `\${env.URL_OF_${name.toUpperCase()}}`, ...more }])),
  services: { backend: { command: puppet({ showEnv: true }), depends_on: names } },
});

async function words(stack: Scene): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { units } = ((await stack.envctl(["status", "--json"])).at("projects") as readonly { readonly units: readonly Readonly<Record<string, unknown>>[] }[])[0] ?? { units: [] };
  return Object.fromEntries(units.map(({ name, status, pid, port }) => [String(name), name === "backend" ? [status] : [status, pid, port]]));
}

/** Everything the state of the scene's repository says, secrets apart. */
function written(stack: Scene): string {
  const texts = readdirSync(stack.scope(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.json(l)?$/.test(entry.name) && !/secrets|environments/.test(entry.parentPath));
  return texts.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
}

test("PostgreSQL and Redis of somebody else are used, watched, kept secret, and never ended", async () => {
  const stack = await scene(externals(["postgres", "redis"]), { stage: {} });
  const { urls, envctl } = await neighbour(stack, ["postgres", "redis"]);
  const env = { URL_OF_POSTGRES: urls["DATABASE_URL"] ?? "", URL_OF_REDIS: urls["REDIS_URL"] ?? "" };
  const started = await stack.envctl(["start", "--json"], { env });
  expect([started.code, reportOf(started).failures]).toEqual([0, []]);
  expect(await words(stack)).toEqual({ postgres: ["external", null, null], redis: ["external", null, null], backend: ["running"] });
  expect((await stack.envctl(["env", "backend", "--reveal", "--json"])).at("env")).toMatchObject({ DATABASE_URL: urls["DATABASE_URL"], REDIS_URL: urls["REDIS_URL"], DB_NAME: "app" });
  for (const url of Object.values(env)) expect(written(stack) + started.stdout).not.toContain(new URL(url).password);
  expect((await stack.envctl(["explain", "postgres"])).stdout).toMatch(/is external\.[^]*server of somebody else's at postgresql:\/\/127/);

  await stack.envctl(["daemon", "restart"]);
  expect(ofType(stack.events(), "unit_adopted").map(({ unitId }) => unitId).sort()).toEqual(["Main/backend", "Main/postgres", "Main/redis"]);
  const wrong = { ...env, URL_OF_POSTGRES: env.URL_OF_POSTGRES.replace(/:[^:@]*@/, ":wrong@"), URL_OF_REDIS: env.URL_OF_REDIS.replace(/:[^:@]*@/, ":wrong@") };
  expect((await stack.envctl(["stop", "--json"])).code).toBe(0);
  expect(stack.state().units["Main/postgres"]?.life).toMatchObject({ status: "stopped", exit: { kind: "released" } });
  expect((await envctl(["health", "--json"])).code).toBe(0);

  const refused = await stack.envctl(["start", "--json"], { env: wrong });
  expect(reportOf(refused).units.map(({ unitId, failure }) => [unitId, failure?.reason])).toEqual([["Main/postgres", "credentials_refused"], ["Main/redis", "credentials_refused"], ["Main/backend", "dependency_failed"]]);
  expect(ofType(stack.events(), "requirement_retry")).toEqual([]);
});

test("one that cannot be reached holds up what needs it; with required: false a warning does, until it is there", async () => {
  const stack = await scene(externals(["redis"]));
  const { urls, envctl } = await neighbour(stack, ["redis"]);
  const env = { URL_OF_REDIS: urls["REDIS_URL"] ?? "" };
  await envctl(["stop", "--json"]);
  const failed = await stack.envctl(["start", "--json"], { env });
  expect(failed.code).toBe(1);
  expect(reportOf(failed).units).toMatchObject([
    { unitId: "Main/redis", status: "failed", failure: { reason: "server_unreachable", startClass: "transient_probe_timeout_retryable", hint: expect.stringContaining("requirements.redis.url") } },
    { unitId: "Main/backend", status: "blocked" },
  ]);
  expect(ofType(stack.events(), "requirement_retry")).toMatchObject([{ unitId: "Main/redis", attempt: 2, of: 2 }]);

  stack.configure(externals(["redis"], { required: false })());
  const started = await stack.envctl(["start", "--json"], { env });
  expect(started.code).toBe(0);
  expect(await words(stack)).toEqual({ redis: ["unreachable", null, null], backend: ["running"] });
  expect(ofType(stack.events(), "warning").map(({ code }) => code)).toContain("requirement_missing");
  await envctl(["start", "--json"]);
  await eventually(() => ofType(stack.events(), "unit_recovered").length > 0, "the server to be seen again", 30_000);
  expect(await words(stack)).toEqual({ redis: ["external", null, null], backend: ["running"] });

  const server = Object.values(stack.pids()).filter(isAlive);
  await envctl(["stop", "--json"]);
  await eventually(() => ofType(stack.events(), "unit_unhealthy").length > 1, "the server to be missed", 30_000);
  expect([await words(stack), Object.values(stack.pids())]).toEqual([{ redis: ["unreachable", null, null], backend: ["running"] }, server]);
});
