/** How detection sees a repository: a few reads, nothing is executed. */
export interface Tree {
  /** The text of a file, relative to the root with `/`; undefined when it is not there or not readable as text. */
  read(path: string): string | undefined;
  /** Names in a directory, those of directories with a trailing `/`; empty when it is not there. */
  list(directory: string): readonly string[];
}

/** Joins a directory (`.` is the root) and a name. */
export function within(directory: string, name: string): string {
  return directory === "." ? name : `${directory}/${name}`;
}

/** Whether a file or directory of this name is in the directory. */
export function has(tree: Tree, directory: string, name: string): boolean {
  const names = tree.list(directory);
  return names.includes(name) || names.includes(`${name}/`);
}
