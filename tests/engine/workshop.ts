/** A real engine over a temporary repository, composed as the daemon composes it, and what it left behind at the end. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { composeEngine } from "../../src/compose-engine.ts";
import { adoptRun } from "../../src/engine/adopt.ts";
import { createControl } from "../../src/engine/control.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import type { Control, RunReport } from "../../src/model/control.ts";
import type { Event } from "../../src/model/events.ts";
import type { Intent, IntentKind, Selection } from "../../src/model/intent.ts";
import type { Lifecycle } from "../../src/model/lifecycle.ts";
import { processesOf, stageMark } from "../rig/processes.ts";
import { puppet, type PuppetBehaviour } from "../rig/puppet.ts";
import { temporaryRepository } from "../rig/repository.ts";
import { cleanEnvironment } from "../rig/stage.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

/** A service as YAML knows it; `command` may be a puppet's behaviour. */
export type Described = Readonly<Record<string, unknown>> & { readonly command: string | readonly string[] };

export interface Workshop {
  readonly engine: Engine;
  readonly control: Control;
  readonly directory: string;
  readonly repository: string;
  readonly events: readonly Event[];
  submit(kind: IntentKind, more?: Partial<Omit<Intent, "selection">> & { readonly services?: readonly string[]; readonly selection?: Partial<Selection> }, signal?: AbortSignal): Promise<RunReport>;
  life(name: string): Lifecycle | undefined;
  log(name: string): string;
  configure(services: Readonly<Record<string, Described>>): void;
  /** Lets go of everything, as a daemon that was killed: units live on. The next one takes over. */
  replaced(): Promise<Workshop>;
  /** Living processes started here. */
  processes(): readonly string[];
}

export function playing(behaviour: PuppetBehaviour): readonly string[] {
  const [, ...rest] = puppet(behaviour);
  return [process.execPath, ...rest];
}

export interface WorkshopOptions {
  /** `logs:` as configured. */
  readonly logs?: Readonly<Record<string, unknown>>;
  /** Of the engine itself, not of what it starts. */
  readonly engineEnvironment?: Readonly<Record<string, string>>;
}

/** Everything is stopped and looked for when the test ends. */
export async function workshop(services: Readonly<Record<string, Described>>, options: WorkshopOptions = {}): Promise<Workshop> {
  const directory = temporaryDirectory(onTestFinished, "engine");
  const repository = temporaryRepository(onTestFinished, { parent: directory, name: "shop" });
  repository.write(".envctl", configText(services, options));
  onTestFinished(() => {
    const left = processesOf(directory);
    for (const { pid } of left) sendSignal(pid, "SIGKILL");
    if (left.length > 0) throw new Error(`still there after stop: ${left.map(({ pid, command }) => `${pid} ${command}`).join(", ")}`);
  });
  return opened({ directory, repository: repository.root, options, write: (text) => repository.write(".envctl", text) });
}

interface Place {
  readonly directory: string;
  readonly repository: string;
  readonly options: WorkshopOptions;
  readonly write: (text: string) => void;
}

async function opened(place: Place): Promise<Workshop> {
  const { directory, repository } = place;
  const environment = { ...cleanEnvironment(process.env), HOME: directory, ENVCTL_STATE_DIR: join(directory, "state"), ENVCTL_SYSTEM_CONFIG: join(directory, "none"), [stageMark]: directory };
  const { engine } = composeEngine(repository, createSystemHost({ ...environment, ...place.options.engineEnvironment }), "0.0.0");
  mkdirSync(engine.scope.root, { recursive: true });
  await adoptRun(engine);
  const control = createControl(engine);
  const events: Event[] = [];
  engine.store.subscribe((event) => void events.push(event));
  const submit: Workshop["submit"] = (kind, { services = [], selection, ...more } = {}, signal = new AbortController().signal) =>
    control.submit({ kind, caller: { directory: repository, environment }, ...more, selection: { projects: [], services, ...selection } }, signal);
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    engine.restarts.close();
    for (const watch of engine.watches.values()) watch.abort();
    engine.supervisor.close();
    engine.launcher.close();
    engine.logs.close();
    engine.store.close();
  };
  onTestFinished(async () => {
    if (!isOpen) return;
    await submit("stop", { selection: { all: true } });
    await eventually(() => processesOf(directory).length === 0, "the end of everything", 1000).catch(() => undefined);
    close();
  });
  const unitOf = (name: string) => engine.store.state()?.units[`Main/${name}`];
  return {
    engine,
    control,
    directory,
    repository,
    events,
    submit,
    life: (name) => unitOf(name)?.life,
    log: (name) => readFileSync(unitOf(name)?.logPath ?? "/nonexistent", "utf8"),
    configure: (changed) => place.write(configText(changed, place.options)),
    replaced: () => {
      close();
      return opened(place);
    },
    processes: () => processesOf(directory).map(({ command }) => command).filter((command) => command !== "/bin/sh -s"),
  };
}

/** JSON is YAML. */
function configText(services: Readonly<Record<string, Described>>, { logs }: WorkshopOptions): string {
  return `version: 1\nservices: ${JSON.stringify(services)}\n${logs === undefined ? "" : `logs: ${JSON.stringify(logs)}\n`}`;
}

/** The failure a unit's start ended with. */
export function failureOf(report: RunReport, name: string): { readonly reason?: string; readonly message?: string; readonly logTail?: readonly string[]; readonly hint?: string } {
  return report.units.find((unit) => unit.unitId === `Main/${name}`)?.failure ?? {};
}

/** Throws without one: signalling 0 would end the tests themselves. */
export function pidOf(life: Lifecycle | undefined): number {
  if (life === undefined || !("handle" in life) || life.handle === undefined) throw new Error(`no process: ${life?.status}`);
  return life.handle.pid;
}
