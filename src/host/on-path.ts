/** Finds programs the way a shell does, without running one. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Absolute path of the first executable `name` on PATH. */
export function onPath(name: string, environment: Readonly<Record<string, string | undefined>>): string | undefined {
  return (environment["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "").map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
