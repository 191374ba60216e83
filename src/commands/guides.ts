/** The guides that come with envctl, as they lie in its own directory. */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, parse, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { table } from "../ui/table.ts";

/** What there is to read, and where; for a person. */
export function guideLines(): readonly string[] {
  const rows = guideNames().map((name) => [name, (guideText(name)[0] ?? "").replace(/^#+ /, "")] as const);
  return rows.length === 0 ? [] : ["", ...table([], rows).map((line) => `  ${line}`), "", `They lie in ${guideDirectory()}, the examples in ${join(ownDirectory(), "examples")}.`];
}

/** Names that `guideText` knows. */
export function guideNames(): readonly string[] {
  try {
    return readdirSync(guideDirectory()).filter((file) => file.endsWith(".md")).map((file) => parse(file).name).sort();
  } catch {
    return [];
  }
}

/** The lines of a guide. */
export function guideText(name: string): readonly string[] {
  return readFileSync(join(guideDirectory(), `${name}.md`), "utf8").trimEnd().split("\n");
}

function guideDirectory(): string {
  return join(ownDirectory(), "docs", "guides");
}

/** Of the package: the bundle lies in its `dist`. */
function ownDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith("src/commands") ? resolve(here, "../..") : dirname(here);
}
