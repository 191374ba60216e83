/** What of envctl's own files has outlived its use. Pure. */

/** `data` are databases with their snapshots and passwords, `rescued` is what deleted worktrees held. */
export const keptKinds = ["run", "action", "pack", "recording", "leftover", "cache", "snapshot", "data", "rescued"] as const;
export type KeptKind = (typeof keptKinds)[number];
/** What nobody could make again: never chosen unless it is named. */
export const preciousKinds = ["snapshot", "data", "rescued"] as const satisfies readonly KeptKind[];
type PreciousKind = (typeof preciousKinds)[number];

export interface KeptThing {
  readonly kind: KeptKind;
  /** A run's id, a file's name, a project. */
  readonly name: string;
  /** Everything it consists of. */
  readonly paths: readonly string[];
  readonly bytes: number;
  /** When it was last used, epoch milliseconds. */
  readonly atMs: number;
  /** Why it must stay, whatever its age. */
  readonly isNeeded?: string;
}

export interface Limit {
  /** So many of the newest stay. */
  readonly count: number;
  readonly ageMs: number;
  /** So much together; the newest stay. */
  readonly bytes: number;
}

const day = 86_400_000;
const mebibyte = 1_048_576;

/** Beyond any of them a thing goes. What is precious has none. */
export const usualLimits: Readonly<Record<Exclude<KeptKind, PreciousKind>, Limit>> = {
  run: { count: 20, ageMs: 30 * day, bytes: 2048 * mebibyte },
  action: { count: 200, ageMs: 30 * day, bytes: 200 * mebibyte },
  pack: { count: 10, ageMs: 30 * day, bytes: 100 * mebibyte },
  recording: { count: 10, ageMs: 7 * day, bytes: 50 * mebibyte },
  leftover: { count: 0, ageMs: 0, bytes: 0 },
  cache: { count: 1000, ageMs: 90 * day, bytes: 8192 * mebibyte },
};

export interface PruneChoice {
  readonly removed: readonly KeptThing[];
  readonly kept: readonly KeptThing[];
}

/** By kind, the names of precious things that are meant. */
export type NamedThings = Partial<Readonly<Record<PreciousKind, readonly string[]>>>;

/** What is beyond its limits, and what is named. */
export function chosenToPrune(things: readonly KeptThing[], nowMs: number, named: NamedThings = {}, limits = usualLimits): PruneChoice {
  const removed = new Set(keptKinds.flatMap((kind) => {
    const ofKind = things.filter((thing) => thing.kind === kind).toSorted((one, other) => other.atMs - one.atMs);
    return isPrecious(kind) ? ofKind.filter(({ name }) => named[kind]?.includes(name) === true) : beyond(ofKind, limits[kind], nowMs);
  }));
  return { removed: things.filter((thing) => removed.has(thing)), kept: things.filter((thing) => !removed.has(thing)) };
}

/** Whether it goes only by its name. */
export function isPrecious(kind: KeptKind): kind is PreciousKind {
  return preciousKinds.some((one) => one === kind);
}

/** Newest first. */
function beyond(things: readonly KeptThing[], limit: Limit, nowMs: number): readonly KeptThing[] {
  let bytes = 0;
  return things.filter((thing, index) => {
    bytes += thing.bytes;
    return thing.isNeeded === undefined && (index >= limit.count || nowMs - thing.atMs > limit.ageMs || bytes > limit.bytes);
  });
}
