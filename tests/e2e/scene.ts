/** A repository of puppets on a stage of its own, and what the tests look at: reports, state, events, processes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { scopeIdOf } from "../../src/host/paths.ts";
import type { RunReport } from "../../src/model/control.ts";
import type { Event, EventType } from "../../src/model/events.ts";
import { handleOf } from "../../src/model/lifecycle.ts";
import type { RunState } from "../../src/model/run-state.ts";
import { freePorts } from "../rig/ports.ts";
import type { Outcome } from "../rig/program.ts";
import type { RepositoryOptions, TemporaryRepository } from "../rig/repository.ts";
import { temporaryStage, type Stage, type StageOptions } from "../rig/stage.ts";

export interface SceneOptions extends Omit<RepositoryOptions, "parent"> {
  readonly stage?: StageOptions;
}

/** `.envctl` as a value; JSON is YAML. */
export type Configuration = Readonly<Record<string, unknown>>;

export interface Scene extends Stage {
  readonly repo: TemporaryRepository;
  /** The first of the 60 free ports the scene may use: three slots of 20. */
  readonly port: number;
  /** Writes `.envctl` of the main checkout. */
  configure(configuration: Configuration): void;
  /** Directory of the repository's state. */
  scope(): string;
  state(): RunState;
  /** Events of the latest run as on disk. */
  events(): readonly Event[];
  /** Unit id → pid of its front shell, for units that have one. */
  pids(): Readonly<Record<string, number>>;
}

/** Makes the repository; `configuration` gets the first port. Removed, with everything of it, when the test ends. */
export async function scene(configuration: (port: number) => Configuration, options: SceneOptions = {}): Promise<Scene> {
  const { stage: stageOptions, ...repositoryOptions } = options;
  const stage = temporaryStage(onTestFinished, stageOptions);
  const port = await freePorts(60);
  const text = (value: Configuration): string => `${JSON.stringify(value, null, 2)}\n`;
  const repo = stage.repository({ ...repositoryOptions, files: { ".envctl": text(configuration(port)), ...options.files } });
  const scope = (): string => join(stage.stateRoot, scopeIdOf(repo.root));
  const state = (): RunState => (JSON.parse(readFileSync(join(scope(), "run_state.json"), "utf8")) as { readonly run: RunState }).run;
  return {
    ...stage,
    repo,
    port,
    configure: (value) => repo.write(".envctl", text(value)),
    scope,
    state,
    events: () => eventsIn(join(scope(), "events.jsonl")),
    pids: () => Object.fromEntries(Object.values(state().units).flatMap(({ spec, life }) => pidOf(spec.id, handleOf(life)?.pid))),
  };
}

function pidOf(unitId: string, pid: number | undefined): readonly (readonly [string, number])[] {
  return pid === undefined ? [] : [[unitId, pid]];
}

function eventsIn(path: string): readonly Event[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Event);
}

/** The report a lifecycle command with --json ends with. */
export function reportOf(outcome: Outcome): RunReport {
  return outcome.jsonLines().at(-1) as RunReport;
}

/** The events such a command streamed before its report. */
export function streamedEvents(outcome: Outcome): readonly Event[] {
  return outcome.jsonLines().slice(0, -1) as readonly Event[];
}

/** Events of one type, with the fields of that type. */
export function ofType<T extends EventType>(events: readonly Event[], type: T): readonly Extract<Event, { readonly type: T }>[] {
  return events.filter((event): event is Extract<Event, { readonly type: T }> => event.type === type);
}

export { isAlive } from "../rig/processes.ts";
