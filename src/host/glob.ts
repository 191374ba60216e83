/** The few glob signs prepare inputs and watched files need (`*`, `**`, `?`); Node 20 has no stable glob of its own. */
import { readdirSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { globExpression } from "../model/glob.ts";

/** Directories nobody means. */
export const skippedDirectories: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/** Files below `root` that match, sorted, relative to it. A pattern without signs is itself, if it is a file. */
export function matchingFiles(root: string, pattern: string): readonly string[] {
  if (!/[*?]/.test(pattern)) return isFile(join(root, pattern)) ? [pattern] : [];
  const expression = globExpression(pattern);
  return walk(root, "").filter((path) => expression.test(path)).sort();
}

/** Whether a directory, relative and without a slash at its end, lies on the way to files that match; "" is the root itself. */
export function isOnTheWay(pattern: string, directory: string): boolean {
  const steps = pattern.split("/");
  const names = directory === "" ? [] : directory.split("/");
  // From `**` on, any depth is possible.
  const anywhere = steps.findIndex((step) => step.includes("**"));
  if (anywhere < 0 && names.length >= steps.length) return false;
  return names.slice(0, anywhere < 0 ? names.length : anywhere).every((name, index) => globExpression(steps[index] ?? "").test(name));
}

function walk(root: string, below: string): readonly string[] {
  return entriesOf(join(root, below)).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return skippedDirectories.has(entry.name) ? [] : walk(root, path);
    return entry.isFile() ? [path] : [];
  });
}

/** A directory that may not be read, a database's for example, is no input of ours. */
function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
