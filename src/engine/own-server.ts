/** What a server of envctl's own has in common with others, wherever it runs: whose it is, its ports, what is made inside it. */
import { join } from "node:path";
import type { Host } from "../host/host.ts";
import type { RequirementConfig } from "../model/config.ts";
import { secretReference } from "../model/secrets.ts";
import { argvOf } from "../model/template.ts";
import { unitIdOf } from "../model/unit.ts";
import type { DraftInput, EffectInput, OwnServer, Requirement, Runtime } from "../requirements/adapter.ts";
import type { BindingProject, BoundRequirement, Effects, Migration, Ports } from "./requirement-drafts.ts";

/** The checkout whose server worktrees may share. */
export const mainProject = "Main";

export interface OwnServerInput {
  readonly adapter: Requirement;
  readonly engine: OwnServer;
  readonly host: Host;
  readonly settings: unknown;
  readonly runtime: Runtime | undefined;
  readonly raw: RequirementConfig;
  readonly project: Pick<BindingProject, "fact" | "dataRoot">;
}

/** Served by Main, everything of the server is Main's: its ports, its data and its secrets. */
export function inputOf({ engine, settings, runtime, raw, project: { fact, dataRoot } }: OwnServerInput): (ports: Ports) => DraftInput<unknown> {
  const server = !fact.isMain && engine.usesMainServer?.(settings) === true ? mainProject : undefined;
  const owner = server ?? fact.name;
  return (ports) => ({
    project: fact.name,
    ...(server === undefined ? {} : { server }),
    name: raw.name,
    settings,
    runtime,
    ports,
    dataDirectory: join(dataRoot, owner, raw.name),
    secret: (name) => secretReference(unitIdOf(owner, raw.name), name),
  });
}

/** What is made inside the server once it answers; `prepared` says what the effects know. */
export function insideWork({ adapter, engine, host, project }: OwnServerInput, input: (ports: Ports) => DraftInput<unknown>, prepared: (ports: Ports, effects: Effects) => EffectInput<unknown>): Pick<BoundRequirement, "settle" | "dropDatabase" | "migration" | "bootstrap"> {
  const { settle, bootstrap, dropDatabase } = engine;
  const migration = (ports: Ports): Migration | undefined => {
    const known = engine.migrationOf?.({ ...input(ports), projectRoot: project.fact.root }, host);
    return known === undefined ? undefined : { command: argvOf(known.command), env: { ...adapter.env(input(ports)), ...known.env }, directory: project.fact.root, claim: engine.claimOf?.(input(ports)) ?? input(ports).dataDirectory };
  };
  return {
    ...(settle === undefined ? {} : { settle: (ports: Ports, effects: Effects) => settle(prepared(ports, effects), host) }),
    ...(dropDatabase === undefined ? {} : { dropDatabase: (ports: Ports, effects: Effects, database: string, isLive: boolean) => dropDatabase({ ...prepared(ports, effects), database, isLive }, host) }),
    ...(engine.migrationOf === undefined ? {} : { migration }),
    ...(bootstrap === undefined ? {} : { bootstrap: (ports: Ports, effects: Effects) => bootstrap(prepared(ports, effects), host) }),
  };
}
