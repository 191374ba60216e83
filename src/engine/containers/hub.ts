/** The container engines this daemon has to do with, and what is known of the containers it follows. */
import type { ContainerEngine, FoundEngine } from "../../host/container-engine.ts";
import { addressText } from "../../host/docker-address.ts";
import type { Host } from "../../host/host.ts";
import { engineScope, installationOf } from "../../host/installation.ts";
import { UserError } from "../../model/failure.ts";
import { isSameHandle, type ContainerHandle, type UnitId } from "../../model/unit.ts";
import { followContainer, type ContainerTruth, type Following, type FollowOrder } from "./follow.ts";

type Environment = Host["environment"];

export interface Containers {
  /** What their labels say: the repository, and this state directory. */
  scope(): string;
  /** The engine that whoever has this environment means. Throws a UserError that names every place tried. */
  engineFor(environment: Environment): Promise<ContainerEngine>;
  /** The engine of a container; `environment` may say how to reach it. */
  engineOf(handle: ContainerHandle, environment?: Environment): Promise<ContainerEngine>;
  /** Those that were used and answer. */
  engines(): Promise<readonly ContainerEngine[]>;
  /** Begins to follow a container, and follows no earlier one of the unit any more. */
  follow(order: FollowOrder, environment: Environment): Following;
  /** One after another: engines allow two networks of one name when they are made at once. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** What was seen of one that is not followed. */
  note(handle: ContainerHandle, truth: ContainerTruth): void;
  /** Unknown for one that is not followed and was not looked at. */
  judge(handle: ContainerHandle): ContainerTruth;
  /** Lets go of everything; containers run on. */
  close(): void;
}

export interface ContainersParts {
  readonly host: Pick<Host, "environment" | "machine" | "paths">;
  readonly scopeId: string;
}

export function createContainers({ host, scopeId }: ContainersParts): Containers {
  const opened = new Map<string, Promise<ContainerEngine>>();
  const followed = new Map<UnitId, Following>();
  const seen = new Map<string, ContainerTruth>();
  let known: string | undefined;
  const scope = (): string => (known ??= engineScope(scopeId, installationOf(host.paths.stateRoot)));
  let turn: Promise<unknown> = Promise.resolve();
  const open = (found: FoundEngine, environment: Environment): Promise<ContainerEngine> => {
    const address = addressText(found.address);
    const known = opened.get(address);
    if (known !== undefined) return known;
    const opening = openEngineAt(found, scope(), environment);
    opened.set(address, opening);
    // What could not be reached may be another time.
    opening.catch(() => opened.delete(address));
    return opening;
  };
  const find = async (environment: Environment, explicit?: string): Promise<ContainerEngine> => {
    const { findEngine } = await import("../../host/docker-find.ts");
    const search = await findEngine({ environment, machine: host.machine }, explicit);
    if (search.kind === "none") throw new UserError(search.failure);
    return open(search.engine, environment);
  };
  const engineOf: Containers["engineOf"] = ({ engine }, environment = host.environment) => opened.get(engine) ?? find(environment, engine);
  return {
    scope,
    engineFor: (environment) => find(environment),
    engineOf,
    engines: async () => (await Promise.allSettled(opened.values())).flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
    follow: (order, environment) => {
      followed.get(order.unitId)?.close();
      const following = followContainer(() => engineOf(order.handle, environment), order);
      followed.set(order.unitId, following);
      return following;
    },
    inTurn: (work) => {
      const mine = turn.then(work);
      turn = mine.catch(() => undefined);
      return mine;
    },
    note: (handle, truth) => void seen.set(handle.containerId, truth),
    judge: (handle) => [...followed.values()].find(({ tracked }) => isSameHandle(tracked.handle, handle))?.truth() ?? seen.get(handle.containerId) ?? "unknown",
    close: () => {
      for (const following of followed.values()) following.close();
      for (const engine of opened.values()) void engine.then((one) => one.close()).catch(() => undefined);
    },
  };
}

/** The client library is loaded with the first engine. */
async function openEngineAt(found: FoundEngine, scope: string, environment: Environment): Promise<ContainerEngine> {
  const { openEngine } = await import("../../host/docker-engine.ts");
  return openEngine(found, scope, environment);
}
