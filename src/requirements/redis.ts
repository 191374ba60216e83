/** Redis, or Valkey, as a process of ours: one server and one data directory per project. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { UnitDraft } from "../model/unit.ts";
import type { Host } from "../host/host.ts";
import type { RequirementConfig } from "../model/config.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { resolveSecrets } from "../model/secrets.ts";
import type { DockerEngine, DraftInput, EmbeddedEngine, PrepareInput, Requirement } from "./adapter.ts";
import { canExecute, makeOwnDirectory, makeParents, takeOver, writeOwnFile } from "./engines/account.ts";
import { absolutePath, oneOf, readSettings, textLike, truth, wholeNumber, type Reader } from "./engines/settings.ts";
import { redisImage, redisInContainer } from "./redis-container.ts";
import { externalRedis, redisEnv } from "./redis-external.ts";
import { fetchRedis, locateRedis, type RedisSettings } from "./redis-runtime.ts";

type Input = DraftInput<RedisSettings>;

const redisPort = 6379;
const configurationFile = "redis.conf";

/** As a process of ours. */
export const embeddedRedis: EmbeddedEngine<RedisSettings> = {
  locate: locateRedis,
  fetch: fetchRedis,
  draft,
  prepare,
  copy: async (input, host) => (await import("./redis-copy.ts")).copyRedis(input, host),
};

/** In a container. */
export const dockerRedis: DockerEngine<RedisSettings> = {
  image: redisImage,
  draft: (input) => ({ ...draft(input), ...redisInContainer(input) }),
  copies: ({ settings: { persist } }) => (persist ? {} : "keeps none (requirements.redis.persist is false)"),
};

export const redis: Requirement<RedisSettings> = {
  id: "redis",
  title: "Redis",
  provides: ["cache", "redis"],
  ports: { main: redisPort },
  secrets: ["password"],
  settings,
  basePorts: ({ port }) => ({ main: port }),
  engines: { embedded: embeddedRedis, docker: dockerRedis, external: externalRedis },
  values,
  env: (input) => redisEnv(values(input)),
};

function settings(config: RequirementConfig): RedisSettings | readonly Failure[] {
  return readSettings<RedisSettings>(config, {
    version,
    port: wholeNumber(1, 65535, redisPort),
    path: absolutePath,
    persist: truth(false),
    isolation: oneOf(["isolated"]),
  });
}

const versionText = textLike(/^\d+(\.\d+){0,2}$/, "a version such as 7 or \"7.2\"", "");

/** YAML reads `7` and `7.2` as numbers. */
const version: Reader<string | undefined> = (raw) => {
  const reading = versionText(typeof raw === "number" ? String(raw) : raw);
  return "value" in reading && reading.value === "" ? { value: undefined } : reading;
};

function draft(input: Input): UnitDraft {
  const port = portOf(input);
  return {
    command: [input.runtime?.program ?? "redis-server", join(input.dataDirectory, configurationFile), "--port", String(port)],
    env: { LC_ALL: "C", ...input.runtime?.env },
    // While it loads its data it answers -LOADING, but only to somebody who has given the password.
    ready: { kind: "exchange", port, send: Buffer.from(`AUTH ${input.secret("password")}\r\nPING\r\n`).toString("base64"), expect: "^\\+OK\\r\\n\\+PONG" },
    readyTimeoutMs: 30_000,
    stop: { signal: "SIGTERM", to: "leader", graceMs: 10_000 },
    url: `redis://127.0.0.1:${port}/0`,
  };
}

function values(input: Input): Readonly<Record<string, string>> {
  const password = input.secret("password");
  const port = String(portOf(input));
  return { url: `redis://:${password}@127.0.0.1:${port}/0`, host: "127.0.0.1", port, password };
}

function portOf({ ports, settings: { port } }: Input): number {
  return ports["main"] ?? port;
}

/** The configuration is written anew each time; the data stay. */
async function prepare(input: PrepareInput<RedisSettings>, host: Host): Promise<void> {
  const { dataDirectory, runtime, signal } = input;
  const { serverAccount } = host.machine;
  if (!canExecute(runtime.program, serverAccount)) throw unreachable(runtime.program, host);
  makeParents(dataDirectory, host);
  if (!existsSync(dataDirectory)) makeOwnDirectory(dataDirectory, serverAccount);
  await takeOver(dataDirectory, host, signal);
  writeOwnFile(join(dataDirectory, configurationFile), configuration(input), serverAccount);
}

function configuration(input: PrepareInput<RedisSettings>): string {
  const password = resolveSecrets(input.secret("password"), (key) => input.reveal(key));
  const lines = [
    "# Written by envctl at every start; the port is given on the command line.",
    "bind 127.0.0.1",
    "protected-mode yes",
    `requirepass ${quoted(password)}`,
    `dir ${quoted(input.dataDirectory)}`,
    "daemonize no",
    "logfile \"\"",
    // Without persistence nothing is written at all: neither snapshots nor at the end.
    ...(input.settings.persist ? ["appendonly yes"] : ["save \"\"", "appendonly no"]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Redis reads escapes between double quotes. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

function unreachable(program: string, host: Host): UserError {
  return new UserError({
    reason: "prepare_failed",
    message: `${program} cannot be run by the user the server runs as (uid ${host.machine.serverAccount?.uid})`,
    hint: "install Redis where every user can run it, or allow passing through the directories above it: chmod o+x",
  });
}
