/** What a person chose last in a list of this repository, so that the same can be taken with one key. A hint, no state: it may be lost at any time. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineRuntime } from "../runtime.ts";

type Place = Pick<EngineRuntime, "scope">;

/** Names chosen last in the list of this name. */
export function rememberedChoice(list: string, runtime: Place): readonly string[] {
  const names = choices(runtime)[list];
  return Array.isArray(names) ? names.filter((name): name is string => typeof name === "string") : [];
}

/** Remembers them without their counts, if the directory can be written. */
export function rememberChoice(list: string, names: readonly string[], runtime: Place): void {
  try {
    mkdirSync(runtime.scope.root, { recursive: true, mode: 0o700 });
    writeFileSync(fileOf(runtime), `${JSON.stringify({ ...choices(runtime), [list]: names.map((name) => name.replace(/=\d+$/, "")) })}\n`, { mode: 0o600 });
  } catch {
    // Next time nothing is marked.
  }
}

function choices(runtime: Place): Readonly<Record<string, unknown>> {
  try {
    const all: unknown = JSON.parse(readFileSync(fileOf(runtime), "utf8"));
    return typeof all === "object" && all !== null ? Object.fromEntries(Object.entries(all)) : {};
  } catch {
    return {};
  }
}

function fileOf({ scope }: Place): string {
  return join(scope.root, "choices.json");
}
