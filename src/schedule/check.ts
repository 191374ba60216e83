/** What is wrong with a set of tasks, known before any of them runs. */
import { defaultPool, roomOf, type Capacity, type Task } from "./task.ts";

export type TaskProblem =
  | { readonly kind: "cycle"; /** From a task back to itself. */ readonly path: readonly string[] }
  | { readonly kind: "unmet"; readonly id: string; readonly name: string }
  | { readonly kind: "used_and_claimed"; readonly id: string; readonly name: string }
  | { readonly kind: "unknown_pool"; readonly id: string; readonly name: string }
  | { readonly kind: "no_room"; readonly id: string; readonly name: string }
  | { readonly kind: "group_cycle"; readonly path: readonly string[] }
  | { readonly kind: "duplicate"; readonly id: string };

export interface TaskCheck {
  readonly problems: readonly TaskProblem[];
  /** Names that are provided, though nothing requires them. */
  readonly unused: readonly { readonly id: string; readonly name: string }[];
}

/** `given` are names that are there without any task. */
export function checkTasks(tasks: readonly Task[], { pools, groups = {} }: Capacity, given: readonly string[] = []): TaskCheck {
  const providers = providersOf(tasks);
  const required = new Set(tasks.flatMap(({ requires }) => requires));
  const ids = new Set<string>();
  const problems = tasks.flatMap((task): readonly TaskProblem[] => {
    const { id, requires, uses, claims, pool = defaultPool, group } = task;
    const isRepeated = ids.has(id);
    ids.add(id);
    return [
      ...(isRepeated ? [{ kind: "duplicate", id } as const] : []),
      ...requires.filter((name) => !providers.has(name) && !given.includes(name)).map((name) => ({ kind: "unmet", id, name }) as const),
      ...claims.filter((name) => uses.includes(name)).map((name) => ({ kind: "used_and_claimed", id, name }) as const),
      ...(!Object.hasOwn(pools, pool) && pool !== defaultPool ? [{ kind: "unknown_pool", id, name: pool } as const] : []),
      ...(roomOf(pools, pool) < 1 ? [{ kind: "no_room", id, name: pool } as const] : []),
      ...(group !== undefined && roomOf(groups, group) < 1 ? [{ kind: "no_room", id, name: group } as const] : []),
    ];
  });
  return {
    problems: [...problems, ...cycleAmong(tasks, providers, given), ...groupCycle(tasks, providers)],
    unused: tasks.flatMap(({ id, provides }) => provides.filter((name) => name !== id && !required.has(name)).map((name) => ({ id, name }))),
  };
}

function providersOf(tasks: readonly Task[]): ReadonlyMap<string, readonly Task[]> {
  const providers = new Map<string, Task[]>();
  for (const task of tasks) for (const name of new Set([task.id, ...task.provides])) listAt(providers, name).push(task);
  return providers;
}

function listAt(lists: Map<string, Task[]>, key: string): Task[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** Lets everything run that can; what is left waits for itself. One cycle is told, the others may go with it. */
function cycleAmong(tasks: readonly Task[], providers: ReadonlyMap<string, readonly Task[]>, given: readonly string[]): readonly TaskProblem[] {
  // What is not provided at all is another problem, so it counts as given here.
  const names = new Set(given);
  const missing = new Map(tasks.map((task) => [task, new Set(task.requires.filter((name) => providers.has(name) && !names.has(name)))]));
  const wantedBy = new Map<string, Task[]>();
  for (const [task, wanted] of missing) for (const name of wanted) listAt(wantedBy, name).push(task);
  const queue = tasks.filter((task) => missing.get(task)?.size === 0);
  for (const task of queue) {
    for (const name of new Set([task.id, ...task.provides])) {
      for (const waiting of wantedBy.get(name) ?? []) {
        const left = missing.get(waiting);
        if (left?.delete(name) === true && left.size === 0) queue.push(waiting);
      }
      wantedBy.delete(name);
    }
  }
  const stuck = tasks.find((task) => (missing.get(task)?.size ?? 0) > 0);
  if (stuck === undefined) return [];
  const next = (task: Task): Task | undefined => {
    const [name = ""] = missing.get(task) ?? [];
    return providers.get(name)?.[0];
  };
  return [{ kind: "cycle", path: loopFrom(stuck, next).map(({ id }) => id) }];
}

/** Edges between groups order them; they cannot when they go round. */
function groupCycle(tasks: readonly Task[], providers: ReadonlyMap<string, readonly Task[]>): readonly TaskProblem[] {
  const before = new Map<string, Set<string>>();
  for (const { group, requires } of tasks) {
    if (group === undefined) continue;
    const others = requires.flatMap((name) => providers.get(name) ?? []).flatMap((other) => (other.group === undefined || other.group === group ? [] : [other.group]));
    before.set(group, new Set([...(before.get(group) ?? []), ...others]));
  }
  // What comes before nothing that is left cannot be on a cycle.
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const [group, others] of before) {
      for (const other of others) if (!before.has(other)) others.delete(other);
      if (others.size === 0) isChanged = before.delete(group) || isChanged;
    }
  }
  const [first] = before.keys();
  return first === undefined ? [] : [{ kind: "group_cycle", path: loopFrom(first, (group) => [...(before.get(group) ?? [])][0]) }];
}

/** Follows `next` until it comes back to where it was: the loop, its first member at both ends. */
function loopFrom<T>(start: T, next: (from: T) => T | undefined): readonly T[] {
  const trail: T[] = [];
  for (let at: T | undefined = start; at !== undefined; at = next(at)) {
    const seen = trail.indexOf(at);
    if (seen >= 0) return [...trail.slice(seen), at];
    trail.push(at);
  }
  return trail;
}
