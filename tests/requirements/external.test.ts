/** Servers outside of envctl: what a URL says, what is secret in it, and what real servers answer. */
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RequirementConfig } from "../../src/model/config.ts";
import type { Failure } from "../../src/model/failure.ts";
import type { ExternalEngine, ExternalServer, Requirement } from "../../src/requirements/adapter.ts";
import { chooseEngine } from "../../src/requirements/engines/choose.ts";
import { bindExternal, type ExternalBinding } from "../../src/requirements/engines/external.ts";
import { postgres } from "../../src/requirements/postgres.ts";
import { externalPostgres } from "../../src/requirements/postgres-external.ts";
import { dockerRedis, embeddedRedis, redis } from "../../src/requirements/redis.ts";
import { externalRedis } from "../../src/requirements/redis-external.ts";
import { requirementAdapters } from "../../src/requirements/registry.ts";
import { freePorts } from "../rig/ports.ts";
import { externalSupabase } from "../../src/requirements/supabase-external.ts";
import { bind, configOf, createBench, revealed, startServer } from "./bench.ts";

function bound(engine: ExternalEngine, config: Partial<RequirementConfig>, environment: Readonly<Record<string, string>> = {}): ExternalBinding | Failure {
  return bindExternal({ ...configOf("it"), engine: "external", ...config }, engine, { environment, values: { "project.slot": "2" }, secret: (name) => `<${name}>` });
}

describe("the URL of an external server", () => {
  test("is taken apart; its password becomes a reference everywhere", () => {
    expect(bound(externalPostgres, { url: "postgresql://ann:s3cret@db.example.org:6543/app?sslmode=require" })).toEqual({
      server: { url: "postgresql://ann:<external-password>@db.example.org:6543/app?sslmode=require", host: "db.example.org", port: 6543, user: "ann", password: "<external-password>", database: "app", isEncrypted: true },
      secrets: { "external-password": "s3cret" },
    });
  });

  test("may write the password in escapes, an IPv6 address, a driver, no port and no password", () => {
    expect(bound(externalPostgres, { url: "postgresql+asyncpg://ann:a%40b@[::1]/app" })).toMatchObject({
      server: { url: "postgresql+asyncpg://ann:<external-password-in-url>@[::1]/app", host: "::1", port: 5432, password: "<external-password>" },
      secrets: { "external-password": "a@b", "external-password-in-url": "a%40b" },
    });
    expect(bound(externalRedis, { url: "redis://cache/0" })).toEqual({ server: { url: "redis://cache/0", host: "cache", port: 6379, database: "0", isEncrypted: false }, secrets: {} });
    expect(bound(externalRedis, { url: "rediss://cache" })).toMatchObject({ server: { isEncrypted: true } });
  });

  test("comes from the configuration, with templates, else from the caller", () => {
    expect(bound(externalPostgres, { url: "postgres://${env.HOST_OF_IT}/app_${project.slot}" }, { HOST_OF_IT: "db", DATABASE_URL: "postgres://other" })).toMatchObject({ server: { host: "db", database: "app_2" } });
    expect(bound(externalPostgres, {}, { DATABASE_URL: "postgres://other" })).toMatchObject({ server: { host: "other" } });
  });

  test.each<[string | undefined, string]>([
    [undefined, "is external, but nothing says where it is"],
    ["${env.MISSING}", "no value for ${env.MISSING}"],
    ["mysql://ann:s3cret@db/app", "begins with mysql://"],
    ["not a url with s3cret", "is no URL with a host"],
    ["postgres:///app", "is no URL with a host"],
  ])("%j is refused without showing it", (url, message) => {
    const failure = bound(externalPostgres, url === undefined ? {} : { url });
    expect(failure).toMatchObject({ reason: "configuration_invalid", message: expect.stringContaining(message), hint: expect.any(String) });
    expect(JSON.stringify(failure)).not.toContain("s3cret");
  });
});

describe("the engine of a requirement", () => {
  const only = (engines: Requirement["engines"]): Pick<Requirement, "title" | "engines"> => ({ title: "It", engines });
  const chosen = (adapter: Pick<Requirement, "title" | "engines" | "embeddedSettings">, config: Partial<RequirementConfig> = {}) => chooseEngine(adapter, { ...configOf("it"), ...config });

  test("is embedded where the adapter has it, else what is asked for, with a reason", () => {
    expect(chosen(redis as Requirement)).toMatchObject({ engine: "embedded", because: expect.stringContaining("auto") });
    expect([chooseEngine(redis as Requirement, configOf("redis"), true), chooseEngine(only({ embedded: embeddedRedis }), configOf("it"), true)]).toMatchObject([{ engine: "docker" }, { engine: "embedded" }]);
    expect(chosen(only({ docker: dockerRedis }))).toMatchObject({ engine: "docker", because: "engine auto: It runs in a container" });
    expect(chosen(redis as Requirement, { engine: "external" })).toMatchObject({ engine: "external", because: "requirements.it.engine is external" });
  });

  test.each(requirementAdapters)("of $id is a process unless something else is said, and a container where `docker` is", (adapter) => {
    expect(chosen(adapter)).toEqual({ engine: "embedded", because: `engine auto: ${adapter.title} can run as a process of envctl` });
    expect(chooseEngine(adapter, configOf(adapter.id), true)).toEqual({ engine: "docker", because: `engine auto: ${adapter.title} runs in a container, since \`docker\` is wanted` });
    expect(chosen(adapter, { engine: "docker" })).toEqual({ engine: "docker", because: "requirements.it.engine is docker" });
  });

  test.each<[string, Pick<Requirement, "title" | "engines" | "embeddedSettings">, Partial<RequirementConfig>, string, string]>([
    ["neither a process nor a container", only({ external: externalRedis }), {}, "It runs neither as a process of envctl nor in a container", "set requirements.it.engine to external"],
    ["a container of what has no image", only({ embedded: embeddedRedis }), { engine: "docker" }, "engine is docker, which It does not support", "embedded"],
    ["an image without a container", redis as Requirement, { image: "redis:7" }, "it.image is about a container", "engine to docker"],
    ["an engine the adapter has not", only({ external: externalRedis }), { engine: "embedded" }, "engine is embedded, which It does not support", "external"],
    ["a url without an external engine", redis as Requirement, { url: "redis://x" }, "it.url is about an external server", "engine to external"],
    ["an isolation, a seed or a migration of an external server", postgres as Requirement, { engine: "external", settings: { migrate: "make" } }, "it.migrate is about a server of envctl's own", "remove `migrate`"],
    ["required: false without an external engine", redis as Requirement, { required: false }, "it.required is about an external server", "engine to external"],
  ])("cannot be %s", (_words, adapter, config, message, hint) => {
    expect(chosen(adapter, config)).toMatchObject({ reason: "configuration_invalid", message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
  });
});

describe("a real server", () => {
  const limits = { timeoutMs: 10_000, signal: new AbortController().signal };
  const serverOf = (values: Readonly<Record<string, string>>): ExternalServer => ({ url: "", host: "127.0.0.1", port: Number(values["port"]), password: values["password"] ?? "", isEncrypted: false });

  test("PostgreSQL is asked for a login, which tells a wrong password and a missing database", { timeout: 90_000 }, async () => {
    const bench = createBench(onTestFinished);
    const { input, prepare } = await bind(bench, postgres, configOf("postgres"), await freePorts());
    await prepare();
    const running = await startServer(bench, postgres, input, onTestFinished);
    const server = { ...serverOf(revealed(postgres, input)), user: "postgres", database: "app" };
    expect(await externalPostgres.check(server, limits)).toContain("took the login of postgres to app");
    expect(await externalPostgres.check({ ...server, password: "wrong" }, limits)).toMatchObject({ reason: "credentials_refused", message: expect.stringContaining("password authentication failed") });
    expect(await externalPostgres.check({ ...server, database: "nowhere" }, limits)).toMatchObject({ reason: "credentials_refused", message: expect.stringContaining("nowhere") });
    await running.stop();
    expect(await externalPostgres.check(server, limits)).toMatchObject({ reason: "server_unreachable", message: expect.stringContaining("ECONNREFUSED") });
  });

  test.each([
    { answer: "HTTP/1.1 401 Unauthorized", outcome: expect.stringContaining("a gateway answers at 127.0.0.1:") as unknown },
    { answer: "HTTP/1.1 502 Bad Gateway", outcome: expect.objectContaining({ reason: "server_unreachable", message: expect.stringContaining("its gateway answers 502") as unknown }) as unknown },
    { answer: "220 mail", outcome: expect.objectContaining({ reason: "server_unreachable" }) as unknown },
  ])("a Supabase is asked for an answer of its gateway: $answer", async ({ answer, outcome }) => {
    const gateway = createServer((socket) => socket.on("error", () => undefined).once("data", () => socket.end(`${answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)));
    await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise((resolve) => void gateway.close(() => resolve())));
    const { port } = gateway.address() as AddressInfo;
    const server: ExternalServer = { url: `http://me:secret@127.0.0.1:${port}/`, host: "127.0.0.1", port, isEncrypted: false };
    expect(await externalSupabase.check(server, limits)).toEqual(outcome);
  });

  test("Redis is asked for PONG, which tells a wrong password", { timeout: 60_000 }, async () => {
    const bench = createBench(onTestFinished);
    const { input, prepare } = await bind(bench, redis, configOf("redis"), await freePorts());
    await prepare();
    await startServer(bench, redis, input, onTestFinished);
    const server = serverOf(revealed(redis, input));
    expect(await externalRedis.check(server, limits)).toContain("answered PONG");
    expect(await externalRedis.check({ ...server, user: "default" }, limits)).toContain("answered PONG");
    expect(await externalRedis.check({ ...server, password: "wrong" }, limits)).toMatchObject({ reason: "credentials_refused" });
    const { password: _none, ...anonymous } = server;
    expect(await externalRedis.check(anonymous, limits)).toMatchObject({ reason: "credentials_refused", message: expect.stringContaining("NOAUTH") });
  });
});
