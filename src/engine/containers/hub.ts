/** What is known of the containers this daemon follows, and the engines they are in. */
import { isSameHandle, type ContainerHandle, type UnitId } from "../../model/unit.ts";
import { createEngines, type Engines, type EnginesParts } from "./engines.ts";
import { followContainer, type ContainerTruth, type Following, type FollowOrder } from "./follow.ts";
import type { EnginePlace } from "./place.ts";

export interface Containers extends Omit<Engines, "closeEngines"> {
  /** Begins to follow a container, and follows no earlier one of the unit any more. */
  follow(order: FollowOrder, place: EnginePlace): Following;
  /** One after another: engines allow two networks of one name when they are made at once. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** What was seen of one; it counts until the next look. */
  note(handle: ContainerHandle, truth: ContainerTruth): void;
  /** Unknown for one that is not followed and was not looked at. */
  judge(handle: ContainerHandle): ContainerTruth;
  /** Lets go of everything; containers run on. */
  close(): void;
}

export function createContainers(parts: EnginesParts): Containers {
  const { closeEngines, ...engines } = createEngines(parts);
  const followed = new Map<UnitId, Following>();
  const seen = new Map<string, ContainerTruth>();
  const followingOf = (handle: ContainerHandle): Following | undefined => [...followed.values()].find(({ tracked }) => isSameHandle(tracked.handle, handle));
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ...engines,
    follow: (order, place) => {
      followed.get(order.unitId)?.close();
      const following = followContainer(() => engines.engineOf(order.handle, place), order);
      followed.set(order.unitId, following);
      return following;
    },
    inTurn: (work) => {
      const mine = turn.then(work);
      turn = mine.catch(() => undefined);
      return mine;
    },
    note: (handle, truth) => {
      const following = followingOf(handle);
      if (following === undefined) seen.set(handle.containerId, truth);
      else following.note(truth);
    },
    judge: (handle) => followingOf(handle)?.truth() ?? seen.get(handle.containerId) ?? "unknown",
    close: () => {
      for (const following of followed.values()) following.close();
      closeEngines();
    },
  };
}
