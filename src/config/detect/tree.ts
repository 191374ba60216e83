/** How detection sees a repository: a few reads, nothing is executed. */
export interface Tree {
  /** The text of a file, relative to the root with `/`; undefined when it is not there or not readable as text. */
  read(path: string): string | undefined;
  /** Names in a directory, those of directories with a trailing `/`; empty when it is not there. */
  list(directory: string): readonly string[];
}

/** Directories that hold other people's code, built things or tests. */
export const passedOver = /^(?:\..*|node_modules|vendor|deps|_build|dist|build|out|target|bin|obj|coverage|tests?|spec|e2e|docs?|examples?|fixtures|scripts|trees|venv|env|__pycache__)$/;
/** A directory with one of these is a project of its own. */
const manifests = ["package.json", "pyproject.toml", "requirements.txt", "go.mod", "Cargo.toml", "Gemfile", "composer.json", "mix.exs", "deno.json"];
const mostSources = 80;

/** Joins a directory (`.` is the root) and a name. */
export function within(directory: string, name: string): string {
  return directory === "." ? name : `${directory}/${name}`;
}

/** The directory above; `.` for those of the root and for the root. */
export function above(directory: string): string {
  const slash = directory.lastIndexOf("/");
  return slash < 0 ? "." : directory.slice(0, slash);
}

/** Whether a file or directory of this name is in the directory. */
export function has(tree: Tree, directory: string, name: string): boolean {
  const names = tree.list(directory);
  return names.includes(name) || names.includes(`${name}/`);
}

/** The names in a directory that fit one of `main.go`, `*.csproj`. */
export function matching(tree: Tree, directory: string, patterns: readonly string[]): readonly string[] {
  return tree.list(directory).filter((name) => patterns.some((pattern) => (pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : name === pattern)));
}

/** Names of the directories in a directory that are looked into. */
export function subdirectories(tree: Tree, directory: string): readonly string[] {
  return tree.list(directory)
    .filter((name) => name.endsWith("/"))
    .map((name) => name.slice(0, -1))
    .filter((name) => !passedOver.test(name))
    .toSorted();
}

/** Texts of a directory's source files, a few levels deep; enough to see how a program is told its port. */
export function sourceTexts(tree: Tree, directory: string, ending: RegExp, depth = 4): readonly string[] {
  const own = tree.list(directory).filter((name) => ending.test(name)).flatMap((name) => tree.read(within(directory, name)) ?? []);
  const parts = depth === 0 ? [] : subdirectories(tree, directory).map((name) => within(directory, name));
  const inner = parts.filter((part) => matching(tree, part, manifests).length === 0).flatMap((part) => sourceTexts(tree, part, ending, depth - 1));
  return [...own, ...inner].slice(0, mostSources);
}
