/** Every effect envctl has on the world, as one record of small parts. */
import type { Clock } from "./clock.ts";
import type { Machine } from "./machine.ts";
import type { Paths } from "./paths.ts";
import type { runProgram } from "./run-program.ts";

/** What requirements and checks may use. */
export interface Host {
  readonly clock: Clock;
  readonly machine: Machine;
  readonly paths: Paths;
  /** Environment envctl itself was started with, or the caller's, inside an intent. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly runProgram: typeof runProgram;
}
