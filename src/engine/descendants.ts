/** Remembers which processes belonged to a unit when it was looked at last. Holds what lived then, and nothing older. */
import type { Handle } from "../model/unit.ts";
import type { KnownProcess } from "./ownership.ts";

export interface Descendants {
  /** Processes of the unit as seen last; some may have ended. */
  of(handle: Handle): readonly KnownProcess[];
  /** Replaces everything known. */
  remember(families: readonly { readonly handle: Handle; readonly processes: readonly KnownProcess[] }[]): void;
}

export function createDescendants(): Descendants {
  let known: ReadonlyMap<string, readonly KnownProcess[]> = new Map();
  return {
    of: (handle) => known.get(keyOf(handle)) ?? [],
    remember: (families) => {
      known = new Map(families.map(({ handle, processes }) => [keyOf(handle), processes.map(({ pid, startTime }) => ({ pid, startTime }))]));
    },
  };
}

function keyOf({ pid, startTime }: Handle): string {
  return `${pid}/${startTime}`;
}
