/**
 * What may start now. The schedule runs nothing: `take` says what to start, `end` is told how it went. A requirement is met by the
 * first of its providers that succeeds.
 *
 *   add → waiting ─all required names given→ ready ─pool, group and locks→ running → over
 *            └─a name nobody can give any more─→ skipped ←─a lock that is never free again─┘
 */
import { Locks } from "./locks.ts";
import { compareRank, insertRanked, removeRanked, type Ranked } from "./ordered.ts";
import { Running, type Place } from "./running.ts";
import { defaultPool, type Capacity, type Outcome, type Skipped, type SkipReason, type Task } from "./task.ts";

interface Entry extends Ranked {
  readonly task: Task;
  readonly lane: Lane;
  /** Required names that nobody has given yet. */
  missing: number;
  status: "waiting" | "ready" | "running" | "over";
}

/** Ready tasks of one place: there is room for all of them or for none. */
interface Lane extends Place {
  readonly ready: Entry[];
}

interface Name {
  isGiven: boolean;
  /** Tasks that may still give it. */
  hopes: number;
  readonly wantedBy: Entry[];
}

/** Decides the order of work; the same calls give the same order. */
export class Schedule {
  readonly #entries = new Map<string, Entry>();
  #arrivals = 0;
  readonly #names: Map<string, Name>;
  readonly #lanes = new Map<string, Lane>();
  readonly #locks = new Locks<Entry>();
  readonly #running: Running;
  readonly #skipped: { readonly entry: Entry; readonly because: SkipReason }[] = [];

  /** `given` are names that were provided before. */
  constructor(capacity: Capacity, given: readonly string[] = []) {
    this.#running = new Running(capacity);
    this.#names = new Map(given.map((name) => [name, { isGiven: true, hopes: 0, wantedBy: [] }]));
  }

  /** Adds work, also while other work runs; answers what will never start. Throws for an id that was added before. */
  add(tasks: readonly Task[]): readonly Skipped[] {
    const added = tasks.map((task) => this.#enter(task));
    for (const entry of added) this.#require(entry);
    return this.#takeSkipped();
  }

  /** What starts now, in order; it counts as running. */
  take(): readonly Task[] {
    const started: Task[] = [];
    for (let entry = this.#nextReady(); entry !== undefined; entry = this.#nextReady()) {
      leaveLane(entry);
      entry.status = this.#locks.acquire(entry) ? "running" : "waiting";
      if (entry.status === "waiting") continue;
      this.#running.start(entry.lane);
      started.push(entry.task);
    }
    return started;
  }

  /** Tells how a running task ended; answers what will never start because of that. Throws when it does not run. */
  end(id: string, { gives, releases }: Outcome): readonly Skipped[] {
    const entry = this.#entries.get(id);
    if (entry?.status !== "running") throw new Error(`${id} does not run`);
    entry.status = "over";
    this.#running.end(entry.lane);
    for (const name of namesOf(entry.task)) {
      if (gives) this.#give(name);
      else this.#giveUp(name, id);
    }
    if (releases) for (const other of this.#locks.release(entry)) this.#makeReady(other);
    else for (const other of [...this.#locks.lose(entry), ...this.#allReady()]) this.#checkLocks(other);
    return this.#takeSkipped();
  }

  /** Counts one as running though nothing asked for it: it runs already, and has its locks. Throws unless it could start. */
  occupy(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.status !== "ready") throw new Error(`${id} could not start`);
    leaveLane(entry);
    entry.status = "running";
    this.#locks.hold(entry);
    this.#running.start(entry.lane);
  }

  /** Takes one back that has not started, and never will now; answers what else will not because of that. */
  withdraw(id: string): readonly Skipped[] {
    const entry = this.#entries.get(id);
    if (entry?.status !== "waiting" && entry?.status !== "ready") throw new Error(`${id} does not wait`);
    leaveLane(entry);
    entry.status = "over";
    this.#abandon(entry);
    return this.#takeSkipped();
  }

  /** Keeps nothing of one that is over, as if it had never been; for those that nobody requires. */
  forget(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.status !== "over") throw new Error(`${id} is not over`);
    this.#entries.delete(id);
    for (const name of namesOf(entry.task)) this.#names.delete(name);
  }

  /** From now on so many tasks may use a lock at once. */
  limit(lock: string, places: number): void {
    for (const entry of this.#locks.limit(lock, places)) this.#makeReady(entry);
  }

  /** True when nothing runs and nothing can start. */
  isOver(): boolean {
    return this.#running.total === 0 && this.#allReady().length === 0;
  }

  #enter(task: Task): Entry {
    if (this.#entries.has(task.id)) throw new Error(`${task.id} was added before`);
    const entry: Entry = { task, priority: task.priority, arrival: this.#arrivals, lane: this.#laneOf(task), missing: 0, status: "waiting" };
    this.#arrivals += 1;
    this.#entries.set(task.id, entry);
    for (const name of namesOf(task)) this.#nameOf(name).hopes += 1;
    return entry;
  }

  /** Counts what it misses, once everything that came with it is known. */
  #require(entry: Entry): void {
    for (const name of new Set(entry.task.requires)) {
      const wanted = this.#nameOf(name);
      if (wanted.isGiven) continue;
      entry.missing += 1;
      wanted.wantedBy.push(entry);
      if (wanted.hopes === 0) this.#skip(entry, { kind: "requirement", name });
    }
    if (entry.missing === 0) this.#makeReady(entry);
  }

  #give(name: string): void {
    const known = this.#nameOf(name);
    known.hopes -= 1;
    if (known.isGiven) return;
    known.isGiven = true;
    for (const entry of known.wantedBy.splice(0)) {
      entry.missing -= 1;
      if (entry.missing === 0) this.#makeReady(entry);
    }
  }

  #giveUp(name: string, failed: string): void {
    const known = this.#nameOf(name);
    known.hopes -= 1;
    if (known.isGiven || known.hopes > 0) return;
    for (const entry of known.wantedBy.splice(0)) this.#skip(entry, { kind: "requirement", name, failed });
  }

  #makeReady(entry: Entry): void {
    if (entry.status !== "waiting" || !this.#checkLocks(entry)) return;
    entry.status = "ready";
    insertRanked(entry.lane.ready, entry);
  }

  /** False when it would wait for a lock in vain, and is skipped. */
  #checkLocks(entry: Entry): boolean {
    const lost = this.#locks.lostFor(entry);
    if (lost !== undefined) this.#skip(entry, { kind: "lock", ...lost });
    return lost === undefined;
  }

  #skip(entry: Entry, because: SkipReason): void {
    if (entry.status === "over") return;
    leaveLane(entry);
    entry.status = "over";
    this.#skipped.push({ entry, because });
  }

  /** What a skipped task would have given or held concerns others, and so on: in a loop, since chains may be long. */
  #takeSkipped(): readonly Skipped[] {
    for (const { entry } of this.#skipped) this.#abandon(entry);
    return this.#skipped.splice(0).map(({ entry, because }) => ({ id: entry.task.id, because }));
  }

  #abandon(entry: Entry): void {
    for (const other of this.#locks.leave(entry)) this.#makeReady(other);
    for (const name of namesOf(entry.task)) this.#giveUp(name, entry.task.id);
  }

  /** The first of all lanes that have room. */
  #nextReady(): Entry | undefined {
    let best: Entry | undefined;
    for (const lane of this.#lanes.values()) {
      const first = lane.ready[0];
      if (first !== undefined && (best === undefined || compareRank(first, best) < 0) && this.#running.hasRoom(lane)) best = first;
    }
    return best;
  }

  #allReady(): readonly Entry[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.ready);
  }

  #laneOf({ pool = defaultPool, group }: Task): Lane {
    const key = JSON.stringify([pool, group]);
    const lane = this.#lanes.get(key) ?? { pool, group, ready: [] };
    this.#lanes.set(key, lane);
    return lane;
  }

  #nameOf(name: string): Name {
    const known = this.#names.get(name) ?? { isGiven: false, hopes: 0, wantedBy: [] };
    this.#names.set(name, known);
    return known;
  }
}

function leaveLane(entry: Entry): void {
  if (entry.status === "ready") removeRanked(entry.lane.ready, entry);
}

/** Its own id is a name too. */
function namesOf({ id, provides }: Task): readonly string[] {
  return provides.includes(id) ? provides : [id, ...provides];
}
