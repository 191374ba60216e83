/** The rules of the scheduler, written to be read and not to be fast: every question looks at everything. */
import type { Capacity, Outcome, Task } from "../../src/schedule/task.ts";

type Status = "waiting" | "queued" | "running" | "given" | "failed" | "skipped";

export class ReferenceSchedule {
  readonly #capacity: Capacity;
  readonly #places = new Map<string, number>();
  readonly #tasks: Task[] = [];
  readonly #status = new Map<string, Status>();
  /** Locks of ended tasks that keep them. */
  readonly #kept = new Set<string>();

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
  }

  add(tasks: readonly Task[]): readonly string[] {
    this.#tasks.push(...tasks);
    for (const { id } of tasks) this.#status.set(id, "waiting");
    return this.#skip();
  }

  limit(lock: string, places: number): void {
    this.#places.set(lock, places);
  }

  take(): readonly string[] {
    const started: string[] = [];
    for (const task of this.#ranked()) {
      if (this.#status.get(task.id) !== "waiting" && this.#status.get(task.id) !== "queued") continue;
      if (!task.requires.every((name) => this.#isGiven(name)) || !this.#hasRoom(task)) continue;
      // In line for its locks from now on, whether it gets them or not.
      this.#status.set(task.id, this.#isUnlocked(task) ? "running" : "queued");
      if (this.#status.get(task.id) === "running") started.push(task.id);
    }
    return started;
  }

  end(id: string, { gives, releases }: Outcome): readonly string[] {
    this.#status.set(id, gives ? "given" : "failed");
    if (!releases) this.#kept.add(id);
    return this.#skip();
  }

  #ranked(): readonly Task[] {
    return [...this.#tasks].sort((one, other) => one.priority - other.priority || this.#tasks.indexOf(one) - this.#tasks.indexOf(other));
  }

  #with(...status: readonly Status[]): readonly Task[] {
    return this.#tasks.filter(({ id }) => status.includes(this.#status.get(id) ?? "waiting"));
  }

  #isGiven(name: string): boolean {
    return this.#with("given").some((task) => gives(task, name));
  }

  #hasRoom({ pool = "default", group }: Task): boolean {
    const running = this.#with("running");
    if (running.filter((other) => (other.pool ?? "default") === pool).length >= (this.#capacity.pools[pool] ?? Infinity)) return false;
    if (group === undefined) return true;
    if (running.some((other) => other.group !== undefined && other.group !== group)) return false;
    return running.filter((other) => other.group === group).length < (this.#capacity.groups?.[group] ?? Infinity);
  }

  #isUnlocked(task: Task): boolean {
    const ranked = this.#ranked();
    const earlier = this.#with("queued").filter((other) => ranked.indexOf(other) < ranked.indexOf(task));
    const holders = [...this.#with("running"), ...this.#tasks.filter(({ id }) => this.#kept.has(id))];
    const before = [...earlier, ...holders];
    const hasPlaces = task.uses.every((name) => before.filter(({ uses }) => uses.includes(name)).length < (this.#places.get(name) ?? Infinity));
    return hasPlaces && !before.some((other) => exclude(task, other));
  }

  #skip(): readonly string[] {
    const skipped: string[] = [];
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (const task of this.#with("waiting", "queued")) {
        const hopes = this.#with("waiting", "queued", "running");
        const isHopeless = task.requires.some((name) => !this.#isGiven(name) && !hopes.some((other) => gives(other, name)));
        // A lock is looked at once the task could start otherwise.
        const isReady = task.requires.every((name) => this.#isGiven(name));
        const isLocked = isReady && this.#tasks.some((other) => this.#kept.has(other.id) && exclude(task, other));
        if (!isHopeless && !isLocked) continue;
        this.#status.set(task.id, "skipped");
        skipped.push(task.id);
        isChanged = true;
      }
    }
    return skipped;
  }
}

function gives(task: Task, name: string): boolean {
  return task.id === name || task.provides.includes(name);
}

function exclude(one: Task, other: Task): boolean {
  return one.claims.some((name) => other.claims.includes(name) || other.uses.includes(name)) || one.uses.some((name) => other.claims.includes(name));
}
