/** The few glob signs prepare inputs need (`*`, `**`, `?`); Node 20 has no stable glob of its own. */
import { readdirSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";

const skipped = new Set(["node_modules", ".git"]);

/** Files below `root` that match, sorted, relative to it. A pattern without signs is itself, if it is a file. */
export function matchingFiles(root: string, pattern: string): readonly string[] {
  if (!/[*?]/.test(pattern)) return isFile(join(root, pattern)) ? [pattern] : [];
  const expression = globExpression(pattern);
  return walk(root, "").filter((path) => expression.test(path)).sort();
}

function globExpression(pattern: string): RegExp {
  const body = pattern.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (sign) => {
    if (sign === "**/") return "(?:.*/)?";
    if (sign === "**") return ".*";
    if (sign === "*") return "[^/]*";
    return sign === "?" ? "[^/]" : `\\${sign}`;
  });
  return new RegExp(`^${body}$`);
}

function walk(root: string, below: string): readonly string[] {
  return entriesOf(join(root, below)).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(root, path);
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
