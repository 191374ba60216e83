/**
 * Containers under a blast: found by their labels in the engine the caller means and in those the state tells of, ended
 * dependents first, and looked for again. What lacks the label of this state directory is never touched; volumes are data and stay.
 */
import { containerLabels, type ContainerEngine, type ContainerFacts, type FoundEngine } from "../host/container-engine.ts";
import { addressText } from "../host/docker-address.ts";
import { errorText } from "../host/files.ts";
import { engineScope, knownInstallation, scopeOfLabel } from "../host/installation.ts";
import { signalNames } from "../host/signals.ts";
import type { BlastedContainer, BlastedVolume, BlastRequest } from "../model/blast.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { handleOf } from "../model/lifecycle.ts";
import { defaultStop, exitOfStatus, unitIdOf, type Exit } from "../model/unit.ts";
import { stopRounds } from "./blast-choice.ts";
import { endingKey } from "./blast-ending.ts";
import { removeIdleNetworks } from "./containers/networks.ts";
import { enginePlea, placeOf } from "./containers/place.ts";
import type { BlastPlace, BlastScope } from "./blast-scopes.ts";

/** One look into every engine. */
export interface ContainerSight {
  readonly containers: readonly SeenContainer[];
  readonly volumes: readonly BlastedVolume[];
  /** Engines that should be there and do not answer. */
  readonly failures: readonly Failure[];
}

interface SeenContainer extends BlastedContainer {
  readonly found: FoundEngine;
  readonly facts: ContainerFacts;
}

/** Looks; where nothing ever ran in a container no engine is asked. */
export async function lookForContainers(place: BlastPlace, request: BlastRequest, scopes: readonly BlastScope[]): Promise<ContainerSight> {
  const installation = knownInstallation(place.host.paths.stateRoot);
  if (installation === undefined) return { containers: [], volumes: [], failures: [] };
  const { engines, failures } = await reachable(place, scopes);
  const isMeant = (labels: Readonly<Record<string, string>>): boolean => {
    const scope = scopeOfLabel(labels[containerLabels.scope], installation);
    return scope !== undefined && (request.allRepositories || scopes.some(({ id }) => id === scope)) && (request.project === undefined || labels[containerLabels.project] === request.project);
  };
  const looks = await Promise.all(engines.map((found) => withEngine(found, "", place, async ({ containers, volumes }) => ({ found, containers: await containers.list({}), volumes: await volumes.list({}) })).catch((error: unknown) => failureOf(error))));
  const seen = looks.flatMap((one) => ("found" in one ? [one] : []));
  return {
    containers: seen.flatMap(({ found, containers }) => containers.filter(({ labels }) => isMeant(labels)).map((facts) => seenContainer(found, facts, installation))),
    volumes: seen.flatMap(({ found, volumes }) => volumes.filter(({ labels }) => isMeant(labels)).map(({ name, labels }) => ({ scope: scopeOfLabel(labels[containerLabels.scope], installation) ?? "", project: labels[containerLabels.project] ?? "", name, engine: addressText(found.address) }))),
    failures: [...failures, ...looks.flatMap((one) => ("found" in one ? [] : [one]))],
  };
}

function seenContainer(found: FoundEngine, facts: ContainerFacts, installation: string): SeenContainer {
  const { labels, name, id, ports } = facts;
  return {
    scope: scopeOfLabel(labels[containerLabels.scope], installation) ?? "",
    unitId: unitIdOf(labels[containerLabels.project] ?? "", labels[containerLabels.unit] ?? ""),
    engine: addressText(found.address),
    name,
    containerId: id,
    ports: ports.map(({ host }) => host),
    found,
    facts,
  };
}

/** `<scope>/<unit id>` → how its container ended; what could not be ended is seen again. */
export async function endContainers(place: BlastPlace, scopes: readonly BlastScope[], seen: readonly SeenContainer[]): Promise<ReadonlyMap<string, Exit>> {
  const installation = knownInstallation(place.host.paths.stateRoot) ?? "";
  const exits = new Map<string, Exit>();
  for (const scopeId of new Set(seen.map(({ scope }) => scope))) {
    const units = scopes.find(({ id }) => id === scopeId)?.units ?? [];
    const ofScope = seen.filter(({ scope }) => scope === scopeId);
    const rounds = stopRounds(units.map(({ spec }) => spec));
    const roundOf = ({ unitId }: SeenContainer): number => rounds.get(unitId) ?? 0;
    for (const round of [...new Set(ofScope.map(roundOf))].sort((one, other) => one - other)) {
      const ended = ofScope.filter((one) => roundOf(one) === round).map(async (one) => {
        const { stop } = units.find(({ spec }) => spec.id === one.unitId)?.spec ?? { stop: defaultStop };
        const exit = await withEngine(one.found, engineScope(scopeId, installation), place, ({ containers }) => endedOne(containers, one.containerId, stop.signal, stop.graceMs)).catch(() => undefined);
        if (exit !== undefined) exits.set(endingKey(scopeId, one.unitId), exit);
      });
      await Promise.all(ended);
    }
    for (const found of new Set(ofScope.map((one) => one.found))) await withEngine(found, engineScope(scopeId, installation), place, (engine) => removeIdleNetworks(engine, engineScope(scopeId, installation))).catch(() => undefined);
  }
  return exits;
}

async function endedOne(containers: ContainerEngine["containers"], id: string, signal: NodeJS.Signals, graceMs: number): Promise<Exit> {
  await containers.stop(id, signal, graceMs);
  const facts = await containers.inspect(id);
  await containers.remove(id);
  return facts?.end === undefined ? { kind: "unknown" } : exitOfStatus(facts.end.exitCode, signalNames);
}

/** The one the caller means, if it is there, and those that units of the state run in. */
async function reachable({ host }: BlastPlace, scopes: readonly BlastScope[]): Promise<{ readonly engines: readonly FoundEngine[]; readonly failures: readonly Failure[] }> {
  const { findEngine } = await import("../host/docker-find.ts");
  const recorded = new Map(scopes.flatMap(({ units }) => units.flatMap(({ spec, life }) => {
    const handle = handleOf(life);
    return handle?.inside === "container" ? [[handle.engine, { explicit: handle.engine, ...enginePlea(placeOf(spec, host.environment)) }] as const] : [];
  })));
  const meant = await findEngine(host);
  const others = await Promise.all([...recorded].filter(([address]) => meant.kind === "none" || addressText(meant.engine.address) !== address).map(([, { explicit, environment }]) => findEngine({ ...host, environment }, explicit)));
  return {
    engines: [...(meant.kind === "found" ? [meant.engine] : []), ...others.flatMap((one) => (one.kind === "found" ? [one.engine] : []))],
    failures: others.flatMap((one) => (one.kind === "none" ? [one.failure] : [])),
  };
}

async function withEngine<T>(found: FoundEngine, scope: string, { host }: BlastPlace, work: (engine: ContainerEngine) => Promise<T>): Promise<T> {
  const { openEngine } = await import("../host/docker-engine.ts");
  const engine = await openEngine(found, scope, host.environment);
  return work(engine).finally(() => engine.close());
}

function failureOf(error: unknown): Failure {
  return (error instanceof UserError ? error.failures[0] : undefined) ?? { reason: "internal", message: `a container engine could not be looked into: ${errorText(error)}` };
}
