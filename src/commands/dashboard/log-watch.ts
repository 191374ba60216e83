/** Says that a log has grown, once: a program that floods its log would else wake this one for every write. */
import { statSync, watch, type FSWatcher } from "node:fs";

export interface GrowthWatch {
  /** Watches these, and no others, each until it grows. The answer: those that were not watched until now, having grown or never having been. */
  arm(paths: readonly string[]): ReadonlySet<string>;
  /** Looks at the logs that cannot be watched, or where watching may miss something. */
  sweep(): void;
  close(): void;
}

/** `onGrowth` is told at most once of each path after each `arm`. */
export function watchGrowth(onGrowth: () => void): GrowthWatch {
  const watchers = new Map<string, FSWatcher>();
  let sizes = new Map<string, number>();
  const unwatch = (path: string): void => {
    watchers.get(path)?.close();
    watchers.delete(path);
  };
  const fire = (path: string): void => {
    unwatch(path);
    onGrowth();
  };
  return {
    arm: (paths) => {
      for (const path of watchers.keys()) if (!paths.includes(path)) unwatch(path);
      const grown = new Set(paths.filter((path) => !watchers.has(path)));
      sizes = new Map(paths.map((path) => [path, (grown.has(path) ? undefined : sizes.get(path)) ?? sizeOf(path)]));
      for (const path of grown) {
        try {
          watchers.set(path, watch(path, { persistent: false }, () => fire(path)).on("error", () => undefined));
        } catch {
          // Not there yet, or watches have run out: sweeping sees to it.
        }
      }
      return grown;
    },
    sweep: () => [...sizes].filter(([path, size]) => sizeOf(path) !== size).forEach(([path]) => fire(path)),
    close: () => [...watchers.keys()].forEach(unwatch),
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}
