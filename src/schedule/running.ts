/** What runs, counted by pool and by group; one group runs at a time. */
import { roomOf, type Capacity } from "./task.ts";

/** Where a task runs. */
export interface Place {
  readonly pool: string;
  readonly group: string | undefined;
}

/** Begins with nothing running. */
export class Running {
  readonly #capacity: Capacity;
  readonly #pools = new Map<string, number>();
  readonly #groups = new Map<string, number>();
  total = 0;

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
  }

  hasRoom({ pool, group }: Place): boolean {
    const { pools, groups = {} } = this.#capacity;
    if ((this.#pools.get(pool) ?? 0) >= roomOf(pools, pool)) return false;
    if (group === undefined) return true;
    const count = this.#groups.get(group) ?? 0;
    return count < roomOf(groups, group) && (this.#groups.size === 0 || count > 0);
  }

  start(place: Place): void {
    this.#change(place, 1);
  }

  end(place: Place): void {
    this.#change(place, -1);
  }

  #change({ pool, group }: Place, by: number): void {
    this.total += by;
    add(this.#pools, pool, by);
    if (group !== undefined) add(this.#groups, group, by);
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
