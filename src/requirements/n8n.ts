/** n8n as a process of ours: one server, one owner, one encryption key and one data directory per project. */
import { join } from "node:path";
import type { RequirementConfig } from "../model/config.ts";
import { hashOf } from "../model/hash.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { DockerEngine, DraftInput, EmbeddedEngine, Requirement } from "./adapter.ts";
import { bootstrapInContainer, n8nImage, n8nInContainer, prepareForContainer } from "./n8n-container.ts";
import { externalN8n } from "./n8n-external.ts";
import { n8nEnv, settingsAnswer, settingsRequest } from "./n8n-readiness.ts";
import { fetchN8n, locateN8n } from "./n8n-runtime.ts";
import { n8nPort, n8nSettings, type N8nSettings } from "./n8n-settings.ts";

type Input = DraftInput<N8nSettings>;

/** As a process of ours. What it does to the world is loaded when it is done. */
export const embeddedN8n: EmbeddedEngine<N8nSettings> = {
  locate: locateN8n,
  fetch: fetchN8n,
  draft,
  prepare: async (input, host) => (await import("./n8n-data.ts")).prepareN8n(input, host),
  seedOf: ({ seed }) => (seed === "none" ? undefined : seed),
  bootstrap: async (input, host) => (await import("./n8n-bootstrap.ts")).bootstrapN8n(input, host),
  copy: async (input, host) => (await import("./n8n-copy.ts")).copyN8n(input, host),
  complaints: [{ pattern: /port \d+ is already in use/i, startClass: "bind_conflict_retryable" }],
};

/** In a container. */
export const dockerN8n: DockerEngine<N8nSettings> = {
  image: n8nImage,
  draft: (input) => {
    const inside = n8nInContainer(input);
    return { ...draft(input), ...inside, env: { ...commonEnv(input), ...databaseEnv(input), ...inside.env } };
  },
  prepare: prepareForContainer,
  bootstrap: bootstrapInContainer,
  misplaced: ({ seed }) => (seed === "none" ? undefined : { key: "seed", because: "fills a data directory of this machine" }),
};

export const n8n: Requirement<N8nSettings> = {
  id: "n8n",
  title: "n8n",
  provides: ["n8n", "workflows"],
  ports: { main: n8nPort, runners: n8nPort + 1 },
  secrets: ["encryption-key", "owner-password"],
  embeddedSettings: ["isolation", "database", "workflows", "owner", "seed"],
  settings: n8nSettings,
  basePorts: ({ port, isContained }) => (isContained ? { main: port } : { main: port, runners: port + 1 }),
  uses: ({ settings }: RequirementConfig) => (settings["database"] === "postgres" ? ["postgres"] : []),
  engines: { embedded: embeddedN8n, docker: dockerN8n, external: externalN8n },
  values,
  env: (input) => n8nEnv(values(input)),
};

function draft(input: Input): UnitDraft {
  const { main } = portsOf(input);
  return {
    command: [input.runtime?.interpreter ?? process.execPath, input.runtime?.program ?? "n8n", "start"],
    env: serverEnv(input),
    ready: { kind: "exchange", port: main, send: settingsRequest("127.0.0.1"), expect: settingsAnswer },
    readyTimeoutMs: 120_000,
    stop: { signal: "SIGTERM", to: "leader", graceMs: 15_000 },
    url: urlOf(input),
  };
}

/** Everything that would reach outside, or ask people questions, is off. */
const quiet: Readonly<Record<string, string>> = Object.fromEntries(
  ["DIAGNOSTICS", "VERSION_NOTIFICATIONS", "VERSION_NOTIFICATIONS_WHATS_NEW", "DYNAMIC_BANNERS", "TEMPLATES", "PERSONALIZATION", "HIRING_BANNER"].map((name) => [`N8N_${name}_ENABLED`, "false"]),
);

/** Wherever it runs. */
function commonEnv(input: Input): Readonly<Record<string, string>> {
  const url = urlOf(input);
  return { ...quiet, N8N_HOST: "127.0.0.1", N8N_PROTOCOL: "http", N8N_PATH: "/", N8N_ENDPOINT_REST: "rest", N8N_EDITOR_BASE_URL: url, WEBHOOK_URL: `${url}/`, N8N_SECURE_COOKIE: "false", EXECUTIONS_MODE: "regular" };
}

function serverEnv(input: Input): Readonly<Record<string, string>> {
  const { main, runners } = portsOf(input);
  return {
    ...commonEnv(input),
    HOME: input.dataDirectory,
    N8N_USER_FOLDER: input.dataDirectory,
    N8N_PORT: String(main),
    N8N_LISTEN_ADDRESS: "127.0.0.1",
    N8N_RUNNERS_BROKER_PORT: String(runners),
    N8N_RUNNERS_BROKER_LISTEN_ADDRESS: "127.0.0.1",
    // The key is in a file of the data; one that a terminal happens to have must not count.
    N8N_ENCRYPTION_KEY: "",
    ...databaseEnv(input),
    ...input.runtime?.env,
  };
}

/** Values of the requirement it uses are templates. */
function databaseEnv({ settings, project }: Input): Readonly<Record<string, string>> {
  if (settings.database === "sqlite") return { DB_TYPE: "sqlite" };
  const parts = ["host", "port", "user", "password", "database"].map((name) => [`DB_POSTGRESDB_${name.toUpperCase()}`, `\${postgres.${name}}`]);
  return { DB_TYPE: "postgresdb", ...Object.fromEntries(parts), DB_POSTGRESDB_SCHEMA: schemaOf(project) };
}

/** One per project, since a database may be Main's, or a copy of Main's that only Main's encryption key opens. */
function schemaOf(project: string): string {
  if (project === "Main") return "n8n";
  const plain = project.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").slice(0, 40);
  return `n8n_${plain}_${hashOf(project).slice(0, 6)}`;
}

function values(input: Input): Readonly<Record<string, string>> {
  const { main } = portsOf(input);
  return { url: urlOf(input), host: "127.0.0.1", port: String(main), owner_email: input.settings.owner.email, owner_password: input.secret("owner-password") };
}

function urlOf(input: Input): string {
  return `http://127.0.0.1:${portsOf(input).main}`;
}

function portsOf({ ports, settings: { port } }: Input): { readonly main: number; readonly runners: number } {
  return { main: ports["main"] ?? port, runners: ports["runners"] ?? port + 1 };
}

/** n8n's own folder inside the data directory. */
export function n8nFolder(dataDirectory: string): string {
  return join(dataDirectory, ".n8n");
}
