/** What a module is told at its start, and the checks that need not load it. */
import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../../model/failure.ts";
import type { UnitSpec } from "../../model/unit.ts";

/** Plain data, so that it can be handed to another thread or process. */
export interface ModuleOrder {
  readonly module: string;
  readonly directory: string;
  /** By name; the unit's first one is its `port`. */
  readonly ports: Readonly<Record<string, number>>;
}

/** The path of the unit's module. Throws a UserError when there is none. */
export function moduleOf({ id, name, module }: UnitSpec): string {
  const hint = `set services.${name}.module in .envctl, relative to services.${name}.dir`;
  if (module === undefined) throw new UserError({ reason: "configuration_invalid", message: `${id} has no module to run`, hint });
  if (!existsSync(module)) throw new UserError({ reason: "spawn_failed", message: `the module of ${id} does not exist: ${module}`, hint });
  return module;
}

/** As in the text, on a line of its own: code that is not marked must not even be loaded into the daemon. */
const safeMark = /^export const safe = true\b/m;

/** Throws a UserError for a module that does not say it may run in the daemon's own loop. */
export function assertSafe(spec: UnitSpec): void {
  const module = moduleOf(spec);
  if (safeMark.test(readFileSync(module, "utf8"))) return;
  throw new UserError({
    reason: "configuration_invalid",
    message: `${spec.id} may not run in the daemon's own loop: its module is not marked as safe for it`,
    hint: `add the line \`export const safe = true;\` to it if it never blocks, or set services.${spec.name}.executor to thread`,
    place: { file: module },
  });
}

/** What the module is told, for its unit. */
export function moduleOrder(spec: UnitSpec): ModuleOrder {
  return { module: moduleOf(spec), directory: spec.directory, ports: Object.fromEntries(spec.ports.map(({ name, port }) => [name, port])) };
}

/** The same for a command line, behind the module's path. */
export function moduleArguments(spec: UnitSpec): string {
  return JSON.stringify(moduleOrder(spec).ports);
}
