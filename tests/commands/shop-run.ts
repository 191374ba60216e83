/** A run written by hand: two projects of a shop, in every kind of state, in a real state directory with real logs. */
import { createAttribution } from "../../src/host/attribution.ts";
import { createPlugins } from "../../src/plugins/loader.ts";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createActions } from "../../src/actions/actions.ts";
import { runCommand, type Shell } from "../../src/cli/run.ts";
import { commands } from "../../src/commands/table.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { configWorkbench } from "../../src/config/workbench.ts";
import { findCheckout } from "../../src/host/checkout.ts";
import { pathsOf, scopeIdOf, scopePaths } from "../../src/host/paths.ts";
import { createTrust } from "../../src/host/trust.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import type { Control } from "../../src/model/control.ts";
import type { Event, EventBody } from "../../src/model/events.ts";
import type { PortHolder, UnitTruth } from "../../src/model/facts.ts";
import { UserError } from "../../src/model/failure.ts";
import type { Figures } from "../../src/model/figures.ts";
import type { LoopNote } from "../../src/model/loop-note.ts";
import type { Plan } from "../../src/model/plan.ts";
import { foldEvents } from "../../src/model/run-state.ts";
import { secretReference } from "../../src/model/secrets.ts";
import type { Handle, UnitSpec } from "../../src/model/unit.ts";
import type { EngineRuntime } from "../../src/runtime.ts";
import { createWorktrees } from "../../src/worktrees/worktrees.ts";
import { createRunRepository } from "../../src/state/repository.ts";
import { mustFit } from "../contracts/answers.ts";
import { temporaryDirectory, type Cleanup } from "../rig/temporary.ts";

export const runId = "run-20261121070000-000-abcd";
export const startedAt = "2026-11-21T07:00:00.000Z";
export const nowMs = Date.parse("2026-11-21T07:10:00.000Z");

const configuration = `version: 1
public_host: localhost
services:
  backend:
    dir: .
    command: "node server.js --port {port}"
    port: 8000
    depends_on: [postgres]
    env:
      GREETING: "hello \${project.name}"
      API_TOKEN: "abc123"
  frontend: { dir: ., command: "npm run dev", port: 9000, depends_on: [backend] }
  worker: { dir: ., command: "npm run worker", port: none, critical: false }
  old: { dir: ., command: "npm run old", port: 9500, enabled: false }
requirements:
  postgres: {}
`;

export interface ShopRun {
  readonly repository: string;
  readonly runtime: EngineRuntime;
  /** Runs a command line against it. */
  command(...argv: readonly string[]): Promise<Answer>;
  /** The same, ended by the signal. */
  commandUntil(signal: AbortSignal, write: (text: string) => void, ...argv: readonly string[]): Promise<number>;
  logPath(unitId: string): string;
}

export interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShopOptions {
  /** Events after the planning; everything is ready unless given. */
  readonly events?: readonly EventBody[];
  /** Truth by unit id; ready units live and listen unless given. */
  readonly truths?: Readonly<Record<string, UnitTruth>>;
  /** What a plan would start, in the repository at `root`. */
  readonly specs?: (root: string) => readonly UnitSpec[];
  readonly control?: Control;
  readonly hasRun?: boolean;
  /** What a daemon would have measured. */
  readonly figures?: Figures;
  /** Whether a daemon lives; one does unless told otherwise. */
  readonly isSupervised?: boolean;
  readonly loopNote?: LoopNote;
  /** Who holds ports that are not the run's. */
  readonly holders?: Readonly<Record<number, PortHolder>>;
  readonly configuration?: string;
  /** Further variables of the caller. */
  readonly environment?: Readonly<Record<string, string>>;
}

const emptyPlan: Plan = { intent: "start", mode: "main", projects: [], nodes: [], portMoves: [], destructive: [], notes: [], hash: "0123456789ab" };

export function handle(pid: number): Handle {
  return { pid, startTime: "100", bootId: "boot", pidNamespace: "pid:[1]" };
}

export function ready(unitId: string, pid: number): EventBody {
  return { type: "unit_ready", unitId, handle: handle(pid), startupMs: 420, evidence: "GET / answered 200" };
}

export function alive(pid: number, isListening = true): UnitTruth {
  return { state: "alive", handle: handle(pid), isSupervised: true, isListening };
}

export const dead: UnitTruth = { state: "dead", exit: { kind: "unknown" } };

const usualEvents = [ready("Main/postgres", 11), ready("Main/backend", 12), ready("Main/frontend", 13), ready("Main/worker", 14), ready("feature/backend", 22)];
const usualTruths: Readonly<Record<string, UnitTruth>> = {
  "Main/postgres": alive(11), "Main/backend": alive(12), "Main/frontend": alive(13), "Main/worker": alive(14), "feature/backend": alive(22),
};

export function shopRun(cleanup: Cleanup, options: ShopOptions = {}): ShopRun {
  const directory = temporaryDirectory(cleanup, "shop");
  const repository = join(directory, "shop");
  mkdirSync(join(repository, ".git"), { recursive: true });
  writeFileSync(join(repository, ".envctl"), options.configuration ?? configuration);
  const runtime = runtimeAt(repository, join(directory, "state"), options);
  if (options.hasRun !== false) writeRun(runtime, repository, options);
  const commandUntil = async (signal: AbortSignal, write: (text: string) => void, ...argv: readonly string[]): Promise<number> => runCommand(argv, shell(runtime, signal, write, () => undefined));
  return {
    repository,
    runtime,
    commandUntil,
    logPath: (unitId) => runtime.repository.logPath(runId, unitId),
    command: async (...argv) => {
      const out: string[] = [];
      const errors: string[] = [];
      const exit = await runCommand(argv, shell(runtime, new AbortController().signal, (text) => out.push(text), (text) => errors.push(text)));
      const answer = { exit, stdout: out.join(""), stderr: errors.join("") };
      await mustFit(argv, { code: exit, stdout: answer.stdout });
      return answer;
    },
  };
}

function shell(runtime: EngineRuntime, signal: AbortSignal, writeOut: (text: string) => void, writeError: (text: string) => void): Shell {
  return {
    environment: {},
    directory: () => runtime.checkout.projectRoot,
    signal,
    writeOut,
    writeError,
    isInputTerminal: false,
    isOutputTerminal: false,
    width: 100,
    compose: async () => runtime,
    table: async () => commands,
  };
}

/** What look-ups never ask for. */
function partsOfWork(unused: () => Promise<never>): Pick<EngineRuntime, "jobs" | "queues" | "jobStore" | "graph" | "suites" | "throwAways"> {
  return { jobs: unused, queues: unused, jobStore: unused, graph: unused, suites: unused, throwAways: { list: async () => [], units: unused, open: unused, clear: unused } };
}

/** Real parts, but for the truth about processes, the clock, git and the daemon. */
function runtimeAt(root: string, stateRoot: string, options: ShopOptions): EngineRuntime {
  const environment = { PATH: process.env["PATH"], HOME: root, ENVCTL_STATE_DIR: stateRoot, INHERITED: "yes", ENVCTL_OWNER: "somebody" };
  const system = createSystemHost(environment);
  const checkout = findCheckout(root) ?? { repository: root, projectRoot: root };
  const scope = scopePaths(pathsOf(environment, false).stateRoot, scopeIdOf(checkout.repository));
  const unused = async (): Promise<never> => {
    throw new UserError({ reason: "daemon_unreachable", message: "a look-up asked for the daemon" });
  };
  return {
    host: { ...system, environment: { ...environment, ...options.environment }, clock: { ...system.clock, now: () => nowMs } },
    checkout,
    scopeId: scopeIdOf(checkout.repository),
    scope,
    resolveConfig: async (request) => resolveConfig({ repository: checkout.repository, environment, systemConfig: "/nonexistent", userConfig: "/nonexistent", ...request }).resolved,
    ...partsOfWork(unused),
    worktrees: async () => createWorktrees({ host: system, checkout, slots: scope.slots, data: scope.data, secrets: scope.secrets, rescued: join(scope.root, "rescued"), prepared: join(scope.root, "prepared.json"), lock: join(scope.root, "worktrees.lock"), hookLog: join(scope.root, "worktrees.log") }),
    discoverProjects: async () => [
      { name: "Main", root: checkout.repository, branch: "main", isMain: true, slot: 0 },
      { name: "feature", root: join(checkout.repository, "trees", "feature"), branch: "feature", isMain: false, slot: 1 },
    ],
    configFile: async () => configWorkbench({ repository: checkout.repository, environment: {}, systemConfig: "/nonexistent", userConfig: "/nonexistent" }),
    adapterFiles: async () => [],
    plugins: async () => createPlugins({ repository: checkout.repository, environment: {}, version: "0.0.0", clock: system.clock, attribution: createAttribution(), onTrouble: () => undefined, configured: async () => [], trust: { isTrusted: () => false } }),
    trust: async () => createTrust(stateRoot, checkout.repository, false),
    knownSecret: async (key) => (key === "Main/postgres/password" ? "s3cret" : undefined),
    volumesOf: async () => ({ volumes: [] }),
    dataOf: async () => [],
    requirements: async () => [],
    actions: async () => createActions({ detectSuites: () => [], detectMigrations: () => [] }),
    repository: createRunRepository(scope, false),
    observeUnits: () => options.truths ?? usualTruths,
    programPid: ({ pid }) => (pid === undefined ? undefined : pid + 1000),
    isSupervised: () => options.isSupervised ?? true,
    loopNote: () => options.loopNote,
    figures: () => options.figures,
    portHolder: async (port) => options.holders?.[port],
    services: unused,
    daemon: { socketPath: () => join(scope.root, "daemon.sock"), connect: async () => undefined, ensure: unused, end: unused, inForeground: unused },
    blast: unused,
    examine: async () => [],
    unitProcesses: async () => ({}),
    keptThings: async () => [],
    removeThings: unused,
    legacyState: async () => undefined,
    preview: async () => ({ ...emptyPlan, nodes: Object.values(options.specs?.(root) ?? {}).map((spec) => ({ unitId: spec.id, action: "start" as const, because: "not running", spec, after: [] })) }),
    control: async () => options.control ?? unused(),
  };
}

function writeRun(runtime: EngineRuntime, root: string, options: ShopOptions): void {
  const bodies = [...plannedEvents(root), ...(options.events ?? usualEvents)];
  const events = bodies.map((body, index): Event => ({ ...body, seq: index + 1, at: startedAt, runId }));
  runtime.repository.begin(runId, events).close();
  runtime.repository.publish(foldEvents(runId, events));
}

function plannedEvents(root: string): readonly EventBody[] {
  const specs = [
    unitSpec(root, "Main", "postgres", { kind: "requirement", ports: [5432], requirement: { adapter: "postgres", version: "16", dataDirectory: "/data" } }),
    unitSpec(root, "Main", "backend", {
      ports: [8000], dependsOn: ["Main/postgres"], url: "http://localhost:8000", healthUrl: "http://localhost:8000/healthz",
      env: { DATABASE_URL: `postgresql://app:${secretReference("Main/postgres", "password")}@127.0.0.1:5432/app`, GREETING: "hello Main", API_TOKEN: "abc123", PORT: "8000" }, secretEnv: ["GREETING"],
    }),
    unitSpec(root, "Main", "frontend", { ports: [9000], dependsOn: ["Main/backend"], url: "http://localhost:9000" }),
    unitSpec(root, "Main", "worker", { critical: false }),
    unitSpec(root, "feature", "backend", { ports: [8021], requested: 8020, url: "http://localhost:8021" }),
  ];
  return [
    { type: "run_started", schemaVersion: 1, mode: "trees", scope: "repo-x", repository: root },
    { type: "project_joined", project: { name: "Main", root, slot: 0, branch: "main" } },
    { type: "project_joined", project: { name: "feature", root: join(root, "trees", "feature"), slot: 1, branch: "feature" } },
    ...specs.map((spec): EventBody => ({ type: "unit_planned", unitId: spec.id, spec, because: "not running", isAutomatic: false })),
    { type: "port_moved", unitId: "feature/backend", move: { unitId: "feature/backend", portName: "main", requested: 8020, port: 8021, holder: { address: "127.0.0.1", pid: 4711, command: "python -m http.server", directory: "/elsewhere" } } },
  ];
}

interface SpecParts extends Partial<Omit<UnitSpec, "ports">> {
  readonly ports?: readonly number[];
  readonly requested?: number;
}

export function unitSpec(root: string, project: string, name: string, { ports = [], requested, ...parts }: SpecParts = {}): UnitSpec {
  return {
    id: `${project}/${name}`,
    project,
    name,
    kind: "service",
    executor: "process",
    command: ["node", "server.js"],
    directory: root,
    env: {},
    ports: ports.map((port) => ({ name: "main", port, requested: requested ?? port })),
    ready: { kind: "none" },
    readyTimeoutMs: 1000,
    stop: { signal: "SIGTERM", to: "group", graceMs: 100 },
    dependsOn: [],
    prepare: [],
    critical: true,
    hash: "0123456789ab",
    ...parts,
  };
}

/** Writes a unit's log. */
export function writeLog(shop: ShopRun, unitId: string, text: string): void {
  mkdirSync(dirname(shop.logPath(unitId)), { recursive: true });
  writeFileSync(shop.logPath(unitId), text);
}
