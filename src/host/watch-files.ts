/** Notices that named files change, come or go, those that are not there yet included. Editors replace files by renaming. */
import { realpathSync, statSync, watch, type FSWatcher } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorText } from "./files.ts";

export interface FilesWatch {
  /** Watches these files and no others; call again after a change, since directories may have come or gone. */
  follow(files: readonly string[]): void;
  close(): void;
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly inode: number;
  names: ReadonlySet<string>;
}

/** `changed` may be told more often than something changed; `trouble` is told once. */
export function watchFiles(changed: () => void, trouble: (text: string) => void): FilesWatch {
  const watched = new Map<string, Watched>();
  let isTold = false;
  const drop = (directory: string): void => {
    watched.get(directory)?.watcher.close();
    watched.delete(directory);
  };
  const add = (directory: string, inode: number, names: ReadonlySet<string>): void => {
    try {
      // Its own name is told when it goes itself.
      const watcher = watch(directory, { persistent: false }, (_event, name) => name !== null && (name === basename(directory) || watched.get(directory)?.names.has(name) === true) && changed());
      watcher.on("error", () => drop(directory));
      watched.set(directory, { watcher, inode, names });
    } catch (error) {
      if (!isTold && inodeOf(directory) !== undefined) trouble(`${directory}: ${errorText(error)}`);
      isTold = true;
    }
  };
  return {
    follow: (files) => {
      const wanted = namesByDirectory(files);
      for (const directory of watched.keys()) if (!wanted.has(directory)) drop(directory);
      for (const [directory, names] of wanted) {
        const inode = inodeOf(directory);
        const known = watched.get(directory);
        if (known !== undefined && known.inode === inode) known.names = names;
        else {
          drop(directory);
          if (inode !== undefined) add(directory, inode, names);
        }
      }
    },
    close: () => [...watched.keys()].forEach(drop),
  };
}

/** The directory of each file, or the nearest that is there; a link also where it leads to. */
function namesByDirectory(files: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const file of new Set(files.flatMap((one) => [one, realOf(one)]))) {
    let path = file;
    while (inodeOf(dirname(path)) === undefined && dirname(path) !== path) path = dirname(path);
    const known = names.get(dirname(path)) ?? new Set();
    names.set(dirname(path), known.add(basename(path)));
  }
  return names;
}

function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return join(file);
  }
}

function inodeOf(directory: string): number | undefined {
  try {
    const stats = statSync(directory, { throwIfNoEntry: false });
    return stats?.isDirectory() === true ? stats.ino : undefined;
  } catch {
    return undefined;
  }
}
