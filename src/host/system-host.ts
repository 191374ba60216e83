/** The real host. */
import type { Host } from "./host.ts";
import { systemClock } from "./clock.ts";
import { observeMachine } from "./machine.ts";
import { pathsOf } from "./paths.ts";
import { runProgram } from "./run-program.ts";

export function createSystemHost(environment: Readonly<Record<string, string | undefined>>): Host {
  const machine = observeMachine();
  return { clock: systemClock, machine, paths: pathsOf(environment, machine.isRoot), environment, runProgram };
}
