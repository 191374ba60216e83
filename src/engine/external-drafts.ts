/** A server outside of envctl as a requirement of a project: no ports, no data, nothing to run. */
import type { RequirementConfig } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import type { Failure } from "../model/failure.ts";
import { resolveSecrets, secretReference } from "../model/secrets.ts";
import { unitIdOf } from "../model/unit.ts";
import type { ExternalEngine, ExternalServer, Requirement } from "../requirements/adapter.ts";
import type { EngineChoice } from "../requirements/engines/choose.ts";
import { bindExternal } from "../requirements/engines/external.ts";
import type { BoundRequirement } from "./requirement-drafts.ts";

export interface ExternalInput {
  readonly adapter: Requirement;
  readonly external: ExternalEngine;
  readonly raw: RequirementConfig;
  readonly choice: EngineChoice;
  readonly fact: ProjectFact;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How long a server may take to answer. */
const checkTimeoutMs = 3000;

/** Bound to what its URL says now; its password is kept when it is prepared. */
export function externalRequirement({ adapter, external, raw, choice, fact, environment }: ExternalInput): BoundRequirement | readonly Failure[] {
  const unitId = unitIdOf(fact.name, raw.name);
  const values = { "project.name": fact.name, "project.root": fact.root, "project.slot": String(fact.slot) };
  const bound = bindExternal(raw, external, { environment, values, secret: (name) => secretReference(unitId, name) });
  if ("reason" in bound) return [bound];
  const { server, secrets } = bound;
  return {
    name: raw.name,
    adapter: adapter.id,
    engine: choice.engine,
    because: choice.because,
    isOptional: raw.required === false,
    version: String(raw.settings["version"] ?? ""),
    ports: {},
    run: () => ({ command: [], env: {}, ready: external.probe(server), readyTimeoutMs: checkTimeoutMs, stop: { signal: "SIGTERM", to: "leader", graceMs: 0 }, url: shownUrl(server, external) }),
    values: () => external.values(server),
    env: () => external.env(server),
    isPresent: true,
    complaints: [],
    notes: [],
    fetch: async () => undefined,
    prepare: async (_ports, { keep }) => {
      for (const [name, value] of Object.entries(secrets)) keep(`${unitId}/${name}`, value);
    },
    check: (timeoutMs, { reveal, signal }) => external.check(openedServer(server, reveal), { timeoutMs, signal }),
  };
}

/** Without user and password, as the URLs of other units. */
function shownUrl({ url, host, port, database }: ExternalServer, { schemes }: ExternalEngine): string {
  const scheme = schemes.find((one) => url.startsWith(`${one}:`)) ?? schemes[0] ?? "tcp";
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}${database === undefined ? "" : `/${database}`}`;
}

function openedServer(server: ExternalServer, reveal: (key: string) => string): ExternalServer {
  const { url, password } = server;
  return { ...server, url: resolveSecrets(url, reveal), ...(password === undefined ? {} : { password: resolveSecrets(password, reveal) }) };
}
