/** What a person is asked when a configuration is made or changed at a terminal. */
import type { Mode } from "./config.ts";

export interface ServiceAnswer {
  readonly name: string;
  readonly isOn: boolean;
  readonly dir: string;
  readonly command: string;
  /** A number, or the word none. */
  readonly port: string;
  /** Why it is there, and what about it is a guess. */
  readonly reason: string;
  readonly guess?: string;
}

export interface RequirementAnswer {
  readonly name: string;
  readonly isOn: boolean;
  readonly engine: string;
  readonly isolation: string;
  readonly reason: string;
}

export interface SetupAnswers {
  readonly defaultMode: Mode;
  readonly services: readonly ServiceAnswer[];
  readonly requirements: readonly RequirementAnswer[];
  /** What could not be made a service or a requirement. */
  readonly notes: readonly string[];
}
