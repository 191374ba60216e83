/** A small repository as the planner sees it, and plans as text. */
import type { Config, ServiceConfig } from "../../src/model/config.ts";
import type { Facts, KnownUnit, PortFact, ProjectFact, UnitTruth } from "../../src/model/facts.ts";
import type { Intent, Selection } from "../../src/model/intent.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { UnitSpec } from "../../src/model/unit.ts";
import type { ProjectInput, RequirementDraft } from "../../src/plan/desired.ts";
import { makePlan, type PlanInput } from "../../src/plan/plan.ts";
import { selectedUnits } from "../../src/plan/select.ts";
import { handle } from "../model/specimen.ts";

export function service(name: string, more: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    name,
    enabled: true,
    dir: name,
    command: "node server.js --port {port}",
    executor: "process",
    port: 8000,
    ports: {},
    readyTimeoutMs: 1000,
    dependsOn: [],
    env: {},
    critical: true,
    watch: [],
    on: {},
    prepare: [],
    stop: { signal: "SIGTERM", to: "group", graceMs: 1000 },
    ...more,
  };
}

export function config(services: readonly ServiceConfig[], more: Partial<Config> = {}): Config {
  return {
    version: 1,
    defaultMode: "main",
    publicHost: "localhost",
    portSpacing: 20,
    services: Object.fromEntries(services.map((one) => [one.name, one])),
    requirements: {},
    restartGroups: {},
    worktrees: { path: "trees/{feature}/{n}", hooks: "off", link: [], copy: [], plans: "todo/plans" },
    on: {},
    logs: { maxBytes: 1024 ** 2, keep: 5 },
    modes: { main: { enabled: true }, trees: { enabled: true } },
    optionalEnv: {},
    ...more,
  };
}

export const redis: RequirementDraft = {
  name: "redis",
  adapter: "redis",
  version: "7",
  engine: "embedded",
  because: "engine auto",
  isOptional: false,
  dataDirectory: "/data/redis",
  ports: { main: 6380 },
  run: ({ main }) => ({ command: ["redis-server", String(main)], env: {}, ready: { kind: "listener", port: main ?? 0 }, readyTimeoutMs: 1000, stop: { signal: "SIGTERM", to: "leader", graceMs: 1000 } }),
  values: ({ main }) => ({ url: `redis://127.0.0.1:${main}` }),
  env: ({ main }) => ({ REDIS_URL: `redis://127.0.0.1:${main}` }),
};

export const shop = config(
  [
    service("backend", { port: 8000, dependsOn: ["redis"], env: { API: "${services.backend.url}" } }),
    service("frontend", { port: 9000, dependsOn: ["backend"], env: { BACKEND: "${services.backend.url}" } }),
    service("worker", { port: "none", command: "node worker.js", dependsOn: ["redis"], critical: false }),
  ],
  { requirements: { redis: { name: "redis", enabled: true, engine: "auto", settings: {} } } },
);

export const projects: readonly ProjectFact[] = [
  { name: "Main", root: "/repo", isMain: true, slot: 0, branch: "main" },
  { name: "tree-1", root: "/repo/trees/tree/1", isMain: false, slot: 1 },
];

export const free: PortFact = { state: "free" };
export const taken: PortFact = { state: "taken", holder: { address: "127.0.0.1", pid: 99, command: "nginx" } };

export interface Scene {
  readonly kind?: Intent["kind"];
  readonly selection?: Partial<Selection>;
  readonly config?: Config;
  readonly known?: Facts["known"];
  /** Ports that are not free. */
  readonly taken?: readonly number[];
  readonly only?: readonly string[];
  readonly noResume?: boolean;
}

/** The plan of a scene; every port is free unless told otherwise. */
export function planOf(scene: Scene): Plan {
  const taking = new Set(scene.taken);
  let input = planInput(scene);
  for (;;) {
    const result = makePlan(input);
    if ("plan" in result) return result.plan;
    const seen = Object.fromEntries(result.missingPorts.map((port) => [port, taking.has(port) ? taken : free]));
    input = { ...input, facts: { ...input.facts, ports: { ...input.facts.ports, ...seen } } };
  }
}

function planInput(scene: Scene): PlanInput {
  const used = scene.config ?? shop;
  const selection: Selection = { projects: [], services: [], ...scene.selection };
  const intent: Intent = { kind: scene.kind ?? "start", selection, caller: { directory: "/repo", environment: {} }, ...(scene.noResume === true ? { noResume: true } : {}) };
  const chosen = projects.filter((project) => (scene.only ?? ["Main"]).includes(project.name));
  const inputs = chosen.map((fact): ProjectInput => {
    const units = scene.kind === "stop" ? [] : selectedUnits(used, fact.isMain ? "main" : "trees", scene.kind === "resume" || scene.kind === "reload" ? [] : selection.services);
    return { fact, config: used, requirements: units.includes("redis") ? { redis: { ...redis, dataDirectory: `/data/${fact.name}/redis` } } : {}, units };
  });
  return { intent, mode: "main", facts: { projects, known: scene.known ?? {}, ports: {} }, projects: inputs, repositoryConfig: used, notes: [] };
}

export const alive: UnitTruth = { state: "alive", handle, isSupervised: true, isListening: true };
export const dead: UnitTruth = { state: "dead", exit: { kind: "code", code: 1 } };

/** What a plan started, as the next one knows it. */
export function knownFrom(plan: Plan, change: (spec: UnitSpec) => Partial<KnownUnit> = () => ({})): Facts["known"] {
  return Object.fromEntries(plan.nodes.map(({ spec }) => [spec.id, { spec, isWanted: true, isReady: true, truth: alive, ...change(spec) }]));
}

/** One line a node. */
export function planText(plan: Plan): string {
  const lines = plan.nodes.map(({ action, unitId, spec, because, after }) => `${action.padEnd(7)} ${unitId}${spec.ports.map((port) => `:${port.port}`).join("")} after [${after.join(", ")}]: ${because}`);
  const moves = plan.portMoves.map((move) => `move ${move.unitId} ${move.requested} to ${move.port}: ${move.holder.command ?? move.holder.reservation ?? move.holder.address}`);
  return `\n${[...lines, ...moves, ...(plan.destructive.length === 0 ? [] : [`ends ${plan.destructive.join(", ")}`])].join("\n")}\n`;
}
