/** Keeps envctl's own files out of `git status`: in the repository's info/exclude, never in tracked files or global settings. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomic } from "../host/files.ts";

/** Adds the patterns that are not there; everything else in the file stays. `gitDirectory` is the common one: git reads no other. */
export function exclude(gitDirectory: string, patterns: readonly string[]): void {
  const path = join(gitDirectory, "info", "exclude");
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const lines = new Set(before.split("\n").map((line) => line.trim()));
  const missing = [...new Set(patterns)].filter((pattern) => !lines.has(pattern));
  if (missing.length === 0) return;
  mkdirSync(dirname(path), { recursive: true });
  const start = before === "" || before.endsWith("\n") ? before : `${before}\n`;
  writeAtomic(path, `${start}${lines.has(heading) ? "" : `${heading}\n`}${missing.join("\n")}\n`, 0o644);
}

const heading = "# envctl: made by it, of no interest to anybody else";

/** A path, relative to a checkout, as a pattern that matches it alone. */
export function patternOf(path: string): string {
  return `/${path.replaceAll(/[\\*?[\]!# ]/g, String.raw`\$&`)}`;
}
