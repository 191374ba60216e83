/** Puts the runtime together for the CLI: cheap parts at once, everything else on first use. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { socketPathOf } from "../daemon/socket-path.ts";
import { readLoopNote } from "../engine/executors/loop-note.ts";
import { livingPorts, observeUnits } from "../engine/observe-units.ts";
import type { DaemonConnection } from "../daemon/client.ts";
import type { DaemonPlace } from "../daemon/ensure.ts";
import { findCheckout, type Checkout } from "../host/checkout.ts";
import { makeDirectory, readJson } from "../host/files.ts";
import { lockOwner } from "../host/lock.ts";
import { scopeIdOf, scopePaths, type ScopePaths } from "../host/paths.ts";
import type { Host } from "../host/host.ts";
import type { Machine } from "../host/machine.ts";
import { judgeHandle, judgeTogether, processTableOf } from "../host/process-table.ts";
import type { ProcessTable } from "../host/process-row.ts";
import { discoverProjects } from "../host/projects.ts";
import { listeningAmong } from "../host/sockets.ts";
import { createSystemHost } from "../host/system-host.ts";
import type { PortHolder } from "../model/facts.ts";
import type { JobFiles } from "../jobs/job-files.ts";
import type { Queues } from "../jobs/queues.ts";
import { UserError } from "../model/failure.ts";
import type { RunState } from "../model/run-state.ts";
import { currentFigures } from "../model/figures.ts";
import { callerSecretVariable } from "../model/secrets.ts";
import type { Handle } from "../model/unit.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import type { EngineRuntime } from "../runtime.ts";
import { createRunRepository } from "../state/repository.ts";
import { version } from "./version.ts";

export interface ComposeOptions {
  /** `--repo PATH`: stand there instead. */
  readonly repo?: string;
  /** Outside a repository the directory itself counts as one, in which nothing ever ran. */
  readonly isAnywhere?: boolean;
  /** `--debug`: what is said to the daemon is noted. */
  readonly isRecorded?: boolean;
  /** What is carried out, and the names of its flags: a recording is of that. Without it nothing is recorded. */
  readonly called?: { readonly command: string; readonly flags: readonly string[] };
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
}

/** Throws a UserError outside a repository, unless any place will do. */
export async function composeRuntime(options: ComposeOptions): Promise<EngineRuntime> {
  const host = createSystemHost(options.environment);
  const checkout = checkoutOf(options);
  const scopeId = scopeIdOf(checkout.repository);
  const scope = scopePaths(host.paths.stateRoot, scopeId);
  const table = processTableOf(host.machine);
  const judge = (handle: Handle): "alive" | "dead" | "unknown" => judgeHandle(table, host.machine, handle);
  const socketPath = (): string => socketPathOf(scope.root, options.environment);
  const record = await recorderFor(options, host, scope);
  const place = (): DaemonPlace => ({ ...record, socketPath: socketPath(), repository: checkout.repository, version, program: daemonProgram(), environment: options.environment });
  const connect = async (): Promise<DaemonConnection | undefined> => (await import("../daemon/ensure.ts")).reachDaemon(place());
  const ensure = async (): Promise<DaemonConnection> => (await import("../daemon/ensure.ts")).ensureDaemon(place());
  const runtime: EngineRuntime = {
    host,
    checkout,
    scopeId,
    scope,
    resolveConfig: async (request) => {
      const { resolveConfig } = await import("../config/resolve.ts");
      const { systemConfig, userConfig } = host.paths;
      return resolveConfig({ repository: checkout.repository, projectRoot: checkout.projectRoot, environment: options.environment, systemConfig, userConfig, ...request }).resolved;
    },
    ...checkoutsOf(checkout, scope, host),
    ...dataOn(host, scopeId, scope, () => runtime.repository.latest()?.state),
    knownSecret: async (key) => knownSecret(key, scope, options.environment),
    ...codeOf(checkout.repository, host),
    repository: createRunRepository(scope, host.machine.isRoot, checkout.repository),
    ...lookUps(host, scope, table, judge),
    portHolder: async (port) => holderOn(table, port),
    daemon: {
      socketPath,
      connect,
      ensure,
      end: async () => (await import("../daemon/end-daemon.ts")).endDaemon(scope.daemonLock, judge, host.clock),
      inForeground: async () => (await import("../open-daemon.ts")).openDaemon(checkout.repository, host, version, Number.POSITIVE_INFINITY),
    },
    ...jobsOf({ checkout, scope, scopeId, host, table }),
    services: async () => (await import("../daemon/service-access.ts")).serviceAccess({ repository: checkout.repository, host, scope, table, trust: await runtime.trust(), plugins: runtime.plugins, reach: connect, connect: ensure }),
    preview: async (intent) => planFrom(await connect(), checkout, host, intent),
    blast: async (request) => (await import("../daemon/blast-from-here.ts")).blastFromHere(request, { host, table, ownScope: scopeId, throwAways: await runtime.throwAways.list(), judge, version, directory: checkout.projectRoot }),
    control: async (how = {}) => (await import("../daemon/ensure.ts")).ensureDaemon(how.withoutAutostart === true ? { ...place(), environment: { ...options.environment, ENVCTL_AUTOSTART: "0" } } : place()),
    ...keptOf(scope, host, () => livingRuns(table, scopeId)),
    legacyState: async () => (await import("../state/legacy-state.ts")).legacyState(scopeId, host, table),
    unitProcesses: async (state) => (await import("../engine/unit-processes.ts")).unitProcesses(state, table),
    examine: async (request) => (await import("../doctor/doctor.ts")).examineWorld({ runtime, table, judge, version }, request),
  };
  return runtime;
}

/** What is kept, and how it goes. */
function keptOf(scope: ScopePaths, { paths, clock }: Host, living: () => ReadonlySet<string>): Pick<EngineRuntime, "keptThings" | "removeThings"> {
  return {
    keptThings: async () => (await import("../state/kept-things.ts")).keptThings({ scope, paths, nowMs: clock.now(), livingRuns: living() }),
    removeThings: async (things) => (await import("../state/kept-things.ts")).removeThings(things),
  };
}

/** What projects have on the disk and in container engines. */
function dataOn(host: Host, scopeId: string, scope: ScopePaths, state: () => RunState | undefined): Pick<EngineRuntime, "dataOf" | "volumesOf"> {
  return {
    dataOf: async (projects) => (await import("../engine/containers/volume-list.ts")).allData({ host, scopeId, projects, dataRoot: scope.data, state: state() }),
    volumesOf: async (project, remove) => (await import("../engine/containers/project-volumes.ts")).projectVolumes({ host, scopeId, project, remove, state: state() }),
  };
}

interface PlaceOfWork {
  readonly checkout: Checkout;
  readonly scope: ScopePaths;
  readonly scopeId: string;
  readonly host: Host;
  readonly table: ProcessTable;
}

/** Jobs and messages as they lie on the disk, the graphs of projects, and suites. */
function jobsOf({ checkout, scope, scopeId, host, table }: PlaceOfWork): Pick<EngineRuntime, "jobs" | "queues" | "jobStore" | "graph" | "suites" | "throwAways"> {
  const { clock, environment, machine } = host;
  const { root, jobs, queues, graphs } = scope;
  const durability = environment["ENVCTL_DURABILITY"] === "power" ? "power" : "process";
  const jobFiles = async (): Promise<JobFiles> => new (await import("../jobs/job-files.ts")).JobFiles(jobs, durability);
  const messageQueues = async (): Promise<Queues> => {
    const [queueing, { Spool }] = await Promise.all([import("../jobs/queues.ts"), import("../jobs/spool.ts")]);
    return new queueing.Queues({ spool: new Spool(queues, durability), aliasesPath: join(root, "queue-aliases"), clock, prepare: () => makeDirectory(root, machine.isRoot) });
  };
  return {
    ...suitesOf(checkout, scope, host, table),
    graph: async ({ name, root: projectRoot }) => (await import("../graph/graph.ts")).createGraph({ host, table, scopeId, project: name, projectRoot, directory: join(graphs, name) }),
    jobs: jobFiles,
    queues: messageQueues,
    jobStore: async () => new (await import("../jobs/store.ts")).JobStore({ files: await jobFiles(), queues: await messageQueues(), clock, environment: Object.fromEntries(Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined)) }),
  };
}

/** Suites, and the projects that are made for them. */
function suitesOf({ repository, projectRoot }: Checkout, scope: ScopePaths, host: Host, table: ProcessTable): Pick<EngineRuntime, "suites" | "throwAways"> {
  return {
    suites: async () => {
      const [{ createSuites }, { skipReason, taskProblem }] = await Promise.all([import("../suites/suites.ts"), import("../ui/graph-words.ts")]);
      return createSuites({ projectRoot, runs: scope.suites, host, table, words: { problem: taskProblem, skip: skipReason } });
    },
    throwAways: {
      list: async () => (await import("../suites/throw-away.ts")).throwAwayNotes(scope),
      units: async (config, names) => (await import("../plan/select.ts")).selectedUnits(config, "trees", names),
      open: async (order) => (await import("../throw-away.ts")).openThrowAway({ repository, host, version }, order),
      clear: async () => (await import("../throw-away.ts")).clearThrowAways({ repository, host, version }),
    },
  };
}

/** The checkouts of the repository, and how they are made. */
function checkoutsOf(checkout: Checkout, { root, slots, data, secrets }: ScopePaths, host: Host): Pick<EngineRuntime, "discoverProjects" | "worktrees"> {
  return {
    discoverProjects: async () => discoverProjects(checkout, slots),
    worktrees: async () => {
      const { createWorktrees } = await import("../worktrees/worktrees.ts");
      return createWorktrees({ host, checkout, slots, data, secrets, rescued: join(root, "rescued"), prepared: join(root, "prepared.json"), lock: join(root, "worktrees.lock"), hookLog: join(root, "worktrees.log") });
    },
  };
}

/** Off unless somebody asks, and then nothing of it is even loaded. */
async function recorderFor({ isRecorded, called, environment }: ComposeOptions, host: Host, scope: ScopePaths): Promise<Pick<DaemonPlace, "record">> {
  if (called === undefined || (isRecorded !== true && /^(?:0|false)?$/.test(environment["ENVCTL_DEBUG"] ?? ""))) return {};
  const { createFlightRecorder } = await import("../host/flight-recorder.ts");
  const recorder = createFlightRecorder(join(scope.root, "debug", "recordings"), host.clock);
  recorder.record({ kind: "begin", what: called.command, names: called.flags.map((name) => `--${name}`) });
  process.once("exit", () => recorder.save());
  return { record: recorder.record };
}

function livingRuns(table: ProcessTable, scopeId: string): ReadonlySet<string> {
  return new Set([...table.marks(table.rows()).values()].filter((mark) => mark.startsWith(`${scopeId}/`)).map((mark) => mark.split("/").at(-1) ?? ""));
}

/** Asks a daemon, where there is one. */
async function planFrom(connection: DaemonConnection | undefined, checkout: Checkout, host: Host, intent: Intent): Promise<Plan> {
  if (connection !== undefined) return connection.preview(intent).finally(() => connection.close());
  const [{ composeEngine }, { planIntent }, { lookAtContainers }] = await Promise.all([import("../compose-engine.ts"), import("../engine/planning.ts"), import("../engine/containers/look.ts")]);
  const { engine } = composeEngine(checkout.repository, host, version);
  await lookAtContainers(engine);
  return planIntent(engine, intent).then(({ plan }) => plan).finally(() => engine.containers.close());
}

/** Code that may or might run besides envctl's own commands. */
function codeOf(repository: string, host: Host): Pick<EngineRuntime, "plugins" | "configFile" | "trust" | "adapterFiles" | "requirements" | "actions"> {
  const plugins = pluginsOf(repository, host);
  const { environment, paths: { systemConfig, userConfig } } = host;
  return {
    plugins,
    configFile: async (isDetecting) => {
      const { configWorkbench } = await import("../config/workbench.ts");
      return configWorkbench({ repository, environment, systemConfig, userConfig }, isDetecting ? await (await plugins()).detectors() : []);
    },
    trust: async () => (await import("../host/trust.ts")).createTrust(host.paths.stateRoot, repository, host.machine.isRoot),
    adapterFiles: async () => (await import("../host/adapter-files.ts")).adapterFiles(repository, host.environment),
    requirements: async () => (await import("../requirements/registry.ts")).requirementAdapters,
    actions: async () => {
      const [{ createActions }, { detectSuites }, { detectMigrations }, { treeAt }] = await Promise.all([import("../actions/actions.ts"), import("../config/detect/suites.ts"), import("../config/detect/migrations.ts"), import("../config/files.ts")]);
      return createActions({ detectSuites: (root, services) => detectSuites(treeAt(root), services), detectMigrations: (root, services) => detectMigrations(treeAt(root), services) });
    },
  };
}

/** One set of them for the whole command, so that each is loaded once. */
function pluginsOf(repository: string, host: Host): EngineRuntime["plugins"] {
  let made: ReturnType<EngineRuntime["plugins"]> | undefined;
  const make: EngineRuntime["plugins"] = async () => {
    const [{ createPlugins }, { createTrust }, { createAttribution }] = await Promise.all([import("../plugins/loader.ts"), import("../host/trust.ts"), import("../host/attribution.ts")]);
    const { environment, clock, paths: { stateRoot, systemConfig, userConfig } } = host;
    const configured = async (): Promise<readonly string[]> => {
      // Reading a configuration takes longer than most commands that ask for plug-ins.
      if (!mentions("plugins", [systemConfig, userConfig, environment["ENVCTL_CONFIG_FILE"] ?? "", join(repository, ".envctl"), join(repository, ".envctl.local")]) && environment["ENVCTL__PLUGINS"] === undefined) return [];
      const { resolveConfig } = await import("../config/resolve.ts");
      return resolveConfig({ repository, environment, systemConfig, userConfig }).resolved.config.plugins ?? [];
    };
    return createPlugins({ repository, environment, version, clock, configured, attribution: createAttribution(), onTrouble: () => undefined, trust: createTrust(stateRoot, repository, host.machine.isRoot) });
  };
  return () => (made ??= make());
}

/** Whether a word is in one of these files at all. */
function mentions(word: string, files: readonly string[]): boolean {
  return files.some((file) => quietly(() => readFileSync(file, "utf8"))?.includes(word) === true);
}

/** What is looked up without asking a daemon for anything. */
function lookUps({ machine, clock }: Host, scope: ScopePaths, table: ProcessTable, judge: (handle: Handle) => "alive" | "dead" | "unknown"): Pick<EngineRuntime, "observeUnits" | "programPid" | "isSupervised" | "loopNote" | "figures"> {
  const isSupervised = (): boolean => {
    const owner = lockOwner(scope.daemonLock);
    return owner !== undefined && judge(owner) !== "dead";
  };
  const judgeAll = (): typeof judge => {
    const together = judgeTogether(table, machine);
    // The daemon that follows a container records what becomes of it, so while one lives the record is the truth.
    return (handle) => (handle.inside === "container" && isSupervised() ? "alive" : together(handle));
  };
  return {
    observeUnits: (state) => observeUnits(state, { judge: judgeAll(), isSupervised: () => false, isListening: listeningAmong(livingPorts(state)) }),
    programPid: (handle) => programBehind(handle, table, machine),
    isSupervised,
    loopNote: () => readLoopNote(scope.loopNote),
    figures: () => currentFigures(readJson(scope.figures), clock.now(), (daemon) => judge(daemon) !== "dead"),
  };
}

/** Listing children is a reading on Linux, but a program elsewhere. */
function programBehind(handle: Handle, table: ProcessTable, machine: Machine): number | undefined {
  const child = handle.inside === undefined && machine.platform === "linux" ? table.children(handle.pid)[0] : undefined;
  return child ?? handle.pid;
}

async function knownSecret(key: string, scope: ScopePaths, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const variable = callerSecretVariable(key);
  return variable === undefined ? (await import("../requirements/secrets-store.ts")).createSecrets(scope.secrets).known(key) : environment[variable];
}

async function holderOn(table: ProcessTable, port: number): Promise<PortHolder | undefined> {
  const [{ occupiedAddress }, { holderOf }] = await Promise.all([import("../host/net.ts"), import("../engine/observe.ts")]);
  const address = await occupiedAddress(port);
  return address === undefined ? undefined : holderOf(table, port, address);
}

function checkoutOf(options: ComposeOptions): Checkout {
  const directory = resolve(options.directory, options.repo ?? ".");
  if (!existsSync(directory)) throw new UserError({ reason: "directory_missing", message: `${directory} does not exist`, hint: "correct the path after --repo, or go into a repository" });
  const found = quietly(() => findCheckout(directory));
  if (found !== undefined) return found;
  if (options.isAnywhere === true) return { repository: directory, projectRoot: directory };
  if (["HEAD", "objects", "refs"].every((name) => existsSync(join(directory, name)))) {
    throw new UserError({ reason: "unknown_target", message: `${directory} is a bare repository: it has no files to run anything from`, hint: `make a worktree of it and go there: git -C ${directory} worktree add ../main` });
  }
  throw new UserError({
    reason: "unknown_target",
    message: `${directory} is not inside a git repository and has no .envctl`,
    hint: "go into a repository, name one with --repo PATH, or make one with `git init`",
  });
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The daemon's bundle lies beside this one; run from source, the built one is used. */
function daemonProgram(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith("src/cli") ? resolve(here, "../../dist/daemon.js") : join(here, "daemon.js");
}
