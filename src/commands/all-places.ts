/** Several places at once, of services that give them one by one. */
import { UserError } from "../model/failure.ts";
import { longestTimerMs } from "../model/job.ts";

/** What is wanted of one service: a place, or all there are. */
export interface Place {
  readonly service: string;
  readonly alone: boolean;
}

/** How one place is had: a UserError that says `timed_out` when that took longer. */
export interface Taking {
  readonly take: (place: Place, waitMs: number) => Promise<string>;
  readonly letGo: (leases: readonly string[]) => Promise<void>;
}

/** So long something is held while something else is waited for. */
const patienceMs = 250;

/**
 * Waits for one, then for the others no longer than a moment, or it begins again with the one that was missing. A job takes all it wants at once: in one
 * line before this one, it would wait for what is held here in another.
 */
export async function allPlaces(places: readonly Place[], { take, letGo }: Taking): Promise<readonly string[]> {
  for (let first = 0; ; ) {
    const leases: string[] = [];
    let next = first;
    try {
      for (const [index, place] of [...places.entries()].sort(([one], [other]) => Number(other === first) - Number(one === first))) {
        next = index;
        leases.push(await take(place, leases.length === 0 ? longestTimerMs : patienceMs));
      }
      return leases;
    } catch (error) {
      await letGo(leases);
      const isLate = error instanceof UserError && error.failures[0]?.reason === "timed_out";
      if (!isLate || leases.length === 0) throw error;
      first = next;
    }
  }
}
