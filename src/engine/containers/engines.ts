/** The container engines this daemon has to do with: found when they are first meant, then kept open. */
import type { ContainerEngine, FoundEngine } from "../../host/container-engine.ts";
import { addressText } from "../../host/docker-address.ts";
import type { Host } from "../../host/host.ts";
import { engineScope, installationOf } from "../../host/installation.ts";
import { UserError } from "../../model/failure.ts";
import type { ContainerHandle } from "../../model/unit.ts";
import { enginePlea, type EnginePlace } from "./place.ts";

type Environment = Host["environment"];

export interface Engines {
  /** What labels say: the repository, and this state directory. */
  scope(): string;
  /** The engine that is meant. Throws a UserError that names every place tried. */
  engineFor(place: EnginePlace): Promise<ContainerEngine>;
  /** The engine of a container; `place` may say how to reach it. */
  engineOf(handle: ContainerHandle, place?: EnginePlace): Promise<ContainerEngine>;
  /** Those that were used and answer. */
  engines(): Promise<readonly ContainerEngine[]>;
  /** Ends the connections. */
  closeEngines(): void;
}

export interface EnginesParts {
  readonly host: Pick<Host, "environment" | "machine" | "paths">;
  readonly scopeId: string;
}

export function createEngines({ host, scopeId }: EnginesParts): Engines {
  const opened = new Map<string, Promise<ContainerEngine>>();
  let label: string | undefined;
  const scope = (): string => (label ??= engineScope(scopeId, installationOf(host.paths.stateRoot)));
  const openedOnce = (address: string, open: () => Promise<ContainerEngine>): Promise<ContainerEngine> => {
    const known = opened.get(address);
    if (known !== undefined) return known;
    const opening = open();
    opened.set(address, opening);
    // What could not be reached may be another time.
    opening.catch(() => opened.delete(address));
    return opening;
  };
  const find = async (environment: Environment, explicit?: string): Promise<ContainerEngine> => {
    const { findEngine, saidAddress } = await import("../../host/docker-find.ts");
    const search = async (): Promise<FoundEngine> => {
      const result = await findEngine({ environment, machine: host.machine }, explicit);
      if (result.kind === "none") throw new UserError(result.failure);
      return result.engine;
    };
    const open = (found: FoundEngine) => (): Promise<ContainerEngine> => openEngineAt(found, scope(), environment);
    // One that was said is asked once, however many units want it at once.
    const said = saidAddress({ environment, machine: host.machine }, explicit);
    if (said !== undefined) return openedOnce(said, async () => open(await search())());
    const found = await search();
    return openedOnce(addressText(found.address), open(found));
  };
  const engineFor: Engines["engineFor"] = (place) => {
    const { environment, explicit } = enginePlea(place);
    return find(environment, explicit);
  };
  return {
    scope,
    engineFor,
    engineOf: ({ engine }, place) => {
      const known = opened.get(engine);
      if (known !== undefined) return known;
      return place?.named === undefined ? find(place?.environment ?? host.environment, engine) : engineFor(place);
    },
    engines: async () => (await Promise.allSettled(opened.values())).flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
    closeEngines: () => {
      for (const engine of opened.values()) void engine.then((one) => one.close()).catch(() => undefined);
    },
  };
}

/** The client library is loaded with the first engine. */
async function openEngineAt(found: FoundEngine, scope: string, environment: Environment): Promise<ContainerEngine> {
  const { openEngine } = await import("../../host/docker-engine.ts");
  return openEngine(found, scope, environment);
}
