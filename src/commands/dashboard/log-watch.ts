/** Says that one of some logs has grown, once: a program that floods its log would else wake this one for every write. */
import { statSync, watch, type FSWatcher } from "node:fs";

export interface GrowthWatch {
  /** Watches these, and no others, until one grows. */
  arm(paths: readonly string[]): void;
  /** Looks at the logs that cannot be watched, or where watching may miss something. */
  sweep(): void;
  close(): void;
}

/** `onGrowth` is told once after each `arm`. */
export function watchGrowth(onGrowth: () => void): GrowthWatch {
  let watchers = new Map<string, FSWatcher>();
  let sizes = new Map<string, number>();
  const close = (): void => {
    for (const watcher of watchers.values()) watcher.close();
    watchers = new Map();
  };
  const fire = (): void => {
    close();
    onGrowth();
  };
  return {
    arm: (paths) => {
      close();
      sizes = new Map(paths.map((path) => [path, sizeOf(path)]));
      for (const path of paths) {
        try {
          watchers.set(path, watch(path, { persistent: false }, fire).on("error", () => undefined));
        } catch {
          // Not there yet, or watches have run out: sweeping sees to it.
        }
      }
    },
    sweep: () => {
      if ([...sizes].some(([path, size]) => sizeOf(path) !== size)) fire();
    },
    close,
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}
