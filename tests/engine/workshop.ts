/** A real engine over a temporary repository, composed as the daemon composes it, and what it left behind at the end. */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { composeEngine } from "../../src/compose-engine.ts";
import { adoptRun } from "../../src/engine/adopt.ts";
import { closeEngine, startAttendants } from "../../src/engine/attendants.ts";
import { createControl } from "../../src/engine/control.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { readJson } from "../../src/host/files.ts";
import { closeResidents } from "../../src/engine/executors/residents.ts";
import type { OwnPrograms } from "../../src/engine/executors/table.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import type { Control, RunReport } from "../../src/model/control.ts";
import type { Event } from "../../src/model/events.ts";
import type { Figures, UnitFigures } from "../../src/model/figures.ts";
import type { Intent, IntentKind, Selection } from "../../src/model/intent.ts";
import type { Lifecycle } from "../../src/model/lifecycle.ts";
import { processesOf, stageMark } from "../rig/processes.ts";
import { bundled } from "../host/bundle.ts";
import { puppet, type PuppetBehaviour } from "../rig/puppet.ts";
import { temporaryRepository } from "../rig/repository.ts";
import { cleanEnvironment } from "../rig/stage.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

/** A service as YAML knows it, with a command or a module; a command may be a puppet's behaviour. */
export type Described = Readonly<Record<string, unknown>> & ({ readonly command: string | readonly string[] } | { readonly module: string });

export interface Workshop {
  readonly engine: Engine;
  readonly control: Control;
  readonly directory: string;
  readonly repository: string;
  readonly events: readonly Event[];
  submit(kind: IntentKind, more?: Partial<Omit<Intent, "selection">> & { readonly services?: readonly string[]; readonly selection?: Partial<Selection> }, signal?: AbortSignal): Promise<RunReport>;
  life(name: string): Lifecycle | undefined;
  log(name: string): string;
  /** Makes, or removes, a file of the repository. */
  write(path: string, text: string): void;
  remove(path: string): void;
  configure(services: Readonly<Record<string, Described>>): void;
  /** Lets go of everything, as a daemon that was killed: units live on. The next one takes over, after `meanwhile`. */
  replaced(meanwhile?: () => void): Promise<Workshop>;
  /** What is published about a unit, sampled now; undefined when it is not measured. */
  figures(name: string): UnitFigures | undefined;
  /** Living processes started here. */
  processes(): readonly string[];
}

export interface WorkshopOptions {
  /** Stands beside `services`. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Of the engine itself, not of what it starts. */
  readonly engineEnvironment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

export function playing(behaviour: PuppetBehaviour): readonly string[] {
  const [, ...rest] = puppet(behaviour);
  return [process.execPath, ...rest];
}

/** Everything is stopped and looked for when the test ends. */
export async function workshop(services: Readonly<Record<string, Described>>, options: WorkshopOptions = {}): Promise<Workshop> {
  const directory = temporaryDirectory(onTestFinished, "engine");
  const repository = temporaryRepository(onTestFinished, { parent: directory, name: "shop", files: options.files ?? {} });
  repository.write(".envctl", configText(services, options));
  onTestFinished(() => {
    const left = processesOf(directory);
    for (const { pid } of left) sendSignal(pid, "SIGKILL");
    if (left.length > 0) throw new Error(`still there after stop: ${left.map(({ pid, command }) => `${pid} ${command}`).join(", ")}`);
  });
  const hasModules = Object.values(services).some((service) => "module" in service);
  return opened({ directory, repository: repository.root, options, write: repository.write, ...(hasModules ? { programs: await bundledPrograms(directory) } : {}) });
}

/** What runs in threads and processes of its own cannot be source text. */
async function bundledPrograms(directory: string): Promise<OwnPrograms> {
  const program = (name: string): Promise<string> => bundled(`import "./src/engine/executors/${name}.ts";`, directory, name);
  return { moduleRunner: await program("module-runner"), loopWatch: await program("loop-watch-thread") };
}

interface Place {
  readonly directory: string;
  readonly repository: string;
  readonly options: WorkshopOptions;
  readonly write: (path: string, text: string) => void;
  /** Those of the last build unless there are modules to run. */
  readonly programs?: OwnPrograms;
}

async function opened(place: Place): Promise<Workshop> {
  const { directory, repository } = place;
  const environment = { ...cleanEnvironment(process.env), HOME: directory, ENVCTL_STATE_DIR: join(directory, "state"), ENVCTL_SYSTEM_CONFIG: join(directory, "none"), [stageMark]: directory };
  const { engine } = composeEngine(repository, createSystemHost({ ...environment, ...place.options.engineEnvironment }), "0.0.0", undefined, place.programs);
  mkdirSync(engine.scope.root, { recursive: true });
  await adoptRun(engine);
  const control = createControl(engine);
  const attendants = startAttendants(engine, control);
  const events: Event[] = [];
  engine.store.subscribe((event) => void events.push(event));
  const submit: Workshop["submit"] = (kind, { services = [], selection, ...more } = {}, signal = new AbortController().signal) =>
    control.submit({ kind, caller: { directory: repository, environment }, ...more, selection: { projects: [], services, ...selection } }, signal);
  let isOpen = true;
  const close = async (): Promise<void> => {
    isOpen = false;
    await closeResidents(engine);
    closeEngine(engine, attendants);
  };
  onTestFinished(async () => {
    if (!isOpen) return;
    await submit("stop", { selection: { all: true } });
    await eventually(() => processesOf(directory).length === 0, "the end of everything", 1000).catch(() => undefined);
    await close();
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
    write: place.write,
    remove: (path) => rmSync(join(repository, path)),
    configure: (changed) => place.write(".envctl", configText(changed, place.options)),
    figures: (name) => {
      attendants.sampler.sample();
      return (readJson(engine.scope.figures) as Figures | undefined)?.units[`Main/${name}`];
    },
    replaced: async (meanwhile = () => undefined) => {
      await close();
      meanwhile();
      return opened(place);
    },
    processes: () => processesOf(directory).map(({ command }) => command).filter((command) => command !== "/bin/sh -s"),
  };
}

/** JSON is YAML. A service restarts only if the test says so. */
function configText(described: Readonly<Record<string, Described>>, { configuration }: WorkshopOptions): string {
  const services = Object.fromEntries(Object.entries(described).map(([name, service]) => [name, { restart: "never", ...service }]));
  return JSON.stringify({ version: 1, services, ...configuration });
}

/** The failure a unit's start ended with. */
export function failureOf(report: RunReport, name: string): { readonly reason?: string; readonly message?: string; readonly logTail?: readonly string[]; readonly hint?: string } {
  return report.units.find((unit) => unit.unitId === `Main/${name}`)?.failure ?? {};
}

/** SIGKILL for a unit and its front shell, as soon as it leads a group of its own. */
export async function killUnitOf(shop: Workshop, name: string): Promise<void> {
  const pid = pidOf(shop.life(name));
  await eventually(() => shop.engine.table.row(pid)?.group === pid, `the group of ${name}`);
  sendSignal(-pid, "SIGKILL");
}

/** Throws without one: signalling 0 would end the tests themselves. */
export function pidOf(life: Lifecycle | undefined): number {
  if (life === undefined || !("handle" in life) || life.handle === undefined) throw new Error(`no process: ${life?.status}`);
  if (life.handle.pid === undefined) throw new Error("it has no process here");
  return life.handle.pid;
}
