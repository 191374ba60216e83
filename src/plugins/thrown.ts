/** What somebody else's code threw, in words. It may be anything: reading it may throw again. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Its message. */
export function thrownText(error: unknown): string {
  return read(() => (error instanceof Error ? error.message : String(error)));
}

/** Its stack, as far as it is the plug-in's: who called it tells its author nothing. */
export function thrownStack(error: unknown): readonly string[] {
  const lines = read(() => (error instanceof Error ? (error.stack ?? error.message) : String(error))).split("\n");
  const own = dirname(fileURLToPath(import.meta.url));
  const last = lines.findLastIndex((line) => !line.includes(own) && !/^ +at .*(?:<anonymous>|\(node:.*)\)$/.test(line));
  return lines.slice(0, last + 1).map((line) => line.replace(/\?content=[0-9a-f]+/, ""));
}

function read(text: () => unknown): string {
  try {
    return String(text());
  } catch {
    return "something that says nothing of itself";
  }
}
