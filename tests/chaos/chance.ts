/** Chance that is the same every time: all of a round follows from its seed and number. */

export interface Chance {
  /** From 0 up to, not including, `below`. */
  number(below: number): number;
  one<T>(of: readonly T[]): T;
  /** So many different ones, in their order. */
  some<T>(of: readonly T[], count: number): readonly T[];
}

/** The generator of one round (mulberry32, public domain). */
export function chanceOf(seed: number, round: number): Chance {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const number = (below: number): number => Math.floor(next() * below);
  const one = <T>(of: readonly T[]): T => {
    const [first, ...rest] = of;
    if (first === undefined) throw new Error("nothing to choose from");
    return rest.length === 0 ? first : (of[number(of.length)] ?? first);
  };
  return {
    number,
    one,
    some: (of, count) => {
      const chosen = new Set<number>();
      while (chosen.size < Math.min(count, of.length)) chosen.add(number(of.length));
      return of.filter((_item, index) => chosen.has(index));
    },
  };
}
