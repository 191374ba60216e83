/** The real host. */
import type { Host } from "./host.ts";
import { systemClock } from "./clock.ts";
import { observeMachine } from "./machine.ts";
import { assertPlaces, pathsOf } from "./paths.ts";
import { runProgram } from "./run-program.ts";

/** Throws a UserError for places that cannot be meant. */
export function createSystemHost(environment: Readonly<Record<string, string | undefined>>): Host {
  assertPlaces(environment);
  const machine = observeMachine();
  return { clock: systemClock, machine, paths: pathsOf(environment, machine.isRoot), environment, runProgram };
}
