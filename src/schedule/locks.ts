/**
 * Locks that many may use, or so many as they have places, or one may claim. Nobody is passed by somebody of a later rank who wants a lock in a
 * way that excludes the waiting one: neither claimers nor users starve. All locks of a task are taken at once or none, so no two wait for each other.
 */
import { compareRank, countBefore, insertRanked, removeRanked, type Ranked } from "./ordered.ts";
import type { Task } from "./task.ts";

/** Somebody who wants locks. */
export interface Applicant extends Ranked {
  readonly task: Pick<Task, "id" | "uses" | "claims">;
}

interface Lock<A> {
  /** How many may use it at once. */
  places: number;
  readonly users: Set<A>;
  claimer: A | undefined;
  /** Everybody in line, and those of them who claim. */
  readonly waiting: A[];
  readonly claimers: A[];
  /** Never free again: a holder failed. */
  lost: { readonly holder: string; readonly isClaimed: boolean } | undefined;
}

/** Begins with every lock free. */
export class Locks<A extends Applicant> {
  readonly #locks = new Map<string, Lock<A>>();

  /** Takes all locks or, when one is not to be had, lines up for every one of them. */
  acquire(applicant: A): boolean {
    const wanted = this.#wanted(applicant);
    if (!wanted.every(([lock, isClaim]) => isOpen(lock, applicant, isClaim))) {
      for (const [lock, isClaim] of wanted) {
        insertRanked(lock.waiting, applicant);
        if (isClaim) insertRanked(lock.claimers, applicant);
      }
      return false;
    }
    this.hold(applicant);
    return true;
  }

  /** Takes all locks, whoever has them or stands in line. */
  hold(applicant: A): void {
    for (const [lock, isClaim] of this.#wanted(applicant)) {
      quit(lock, applicant);
      if (isClaim) lock.claimer = applicant;
      else lock.users.add(applicant);
    }
  }

  /** From now on so many may use it; answers who should try again. */
  limit(name: string, places: number): readonly A[] {
    const lock = this.#lockOf(name);
    lock.places = places;
    return firstInLine(lock);
  }

  /** Gives its locks back; answers who should try again. */
  release(applicant: A): readonly A[] {
    return this.#wanted(applicant).flatMap(([lock]) => {
      lock.users.delete(applicant);
      if (lock.claimer === applicant) lock.claimer = undefined;
      return firstInLine(lock);
    });
  }

  /** Leaves its locks held for good; answers who stands in line for them in vain. */
  lose(applicant: A): readonly A[] {
    return this.#wanted(applicant).flatMap(([lock, isClaimed]) => {
      lock.lost ??= { holder: applicant.task.id, isClaimed };
      return isClaimed ? [...lock.waiting] : [...lock.claimers];
    });
  }

  /** Leaves the lines; answers who should try again. */
  leave(applicant: A): readonly A[] {
    return this.#wanted(applicant).flatMap(([lock]) => {
      quit(lock, applicant);
      return firstInLine(lock);
    });
  }

  /** A lock that it wants and that will never be free. */
  lostFor({ task }: A): { readonly name: string; readonly holder: string } | undefined {
    for (const name of [...task.claims, ...task.uses]) {
      const lost = this.#locks.get(name)?.lost;
      if (lost !== undefined && (lost.isClaimed || task.claims.includes(name))) return { name, holder: lost.holder };
    }
    return undefined;
  }

  #wanted({ task }: A): readonly (readonly [Lock<A>, boolean])[] {
    return [...task.uses.map((name) => [this.#lockOf(name), false] as const), ...task.claims.map((name) => [this.#lockOf(name), true] as const)];
  }

  #lockOf(name: string): Lock<A> {
    const lock = this.#locks.get(name) ?? { places: Infinity, users: new Set<A>(), claimer: undefined, waiting: [], claimers: [], lost: undefined };
    this.#locks.set(name, lock);
    return lock;
  }
}

function quit<A extends Applicant>({ waiting, claimers }: Lock<A>, applicant: A): void {
  removeRanked(waiting, applicant);
  removeRanked(claimers, applicant);
}

function isOpen<A extends Applicant>({ places, users, claimer, waiting, claimers }: Lock<A>, applicant: A, isClaim: boolean): boolean {
  if (claimer !== undefined || (isClaim && users.size > 0)) return false;
  const [first] = isClaim ? waiting : claimers;
  if (first !== undefined && compareRank(first, applicant) < 0) return false;
  return isClaim || places === Infinity || users.size + countBefore(waiting, applicant) < places;
}

/** Those who may get the lock now: as many users as there are places, up to the first claimer, or a claimer who is first. */
function firstInLine<A extends Applicant>({ places, users, claimer, waiting, claimers }: Lock<A>): readonly A[] {
  const [first] = waiting;
  if (first === undefined || claimer !== undefined) return [];
  const [claiming] = claimers;
  if (first === claiming) return users.size > 0 ? [] : [first];
  const before = claiming === undefined ? waiting.length : waiting.indexOf(claiming);
  return waiting.slice(0, Math.min(before, Math.max(0, places - users.size)));
}
