/** An array that stays sorted by rank. Most come in order and leave at the front, which costs next to nothing. */
export interface Ranked {
  /** Lower comes first. */
  readonly priority: number;
  /** Decides between equal priorities. */
  readonly arrival: number;
}

/** Negative when `one` comes before `other`. */
export function compareRank(one: Ranked, other: Ranked): number {
  return one.priority - other.priority || one.arrival - other.arrival;
}

/** Does nothing when it is there already. */
export function insertRanked<T extends Ranked>(list: T[], item: T): void {
  const last = list.at(-1);
  if (last === undefined || compareRank(last, item) < 0) {
    list.push(item);
    return;
  }
  const index = indexOfRank(list, item);
  if (list[index] !== item) list.splice(index, 0, item);
}

/** Does nothing when it is not there. */
export function removeRanked<T extends Ranked>(list: T[], item: T): void {
  if (list[0] === item) {
    list.shift();
    return;
  }
  const index = indexOfRank(list, item);
  if (list[index] === item) list.splice(index, 1);
}

/** How many come before `item`, which may be there or not. */
export function countBefore(list: readonly Ranked[], item: Ranked): number {
  return indexOfRank(list, item);
}

/** The place of the first that does not come before `item`. */
function indexOfRank(list: readonly Ranked[], item: Ranked): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = list[middle];
    if (at !== undefined && compareRank(at, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
