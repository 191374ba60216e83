/** Zod schemas of the model's own data, as stored and streamed. Development time only. */
import { z } from "zod";
import { containerNetworks, type ContainerRun } from "../model/container.ts";
import { startSpans, type Event } from "../model/events.ts";
import type { Failure, StartClass } from "../model/failure.ts";
import type { Lifecycle } from "../model/lifecycle.ts";
import type { Plan, PlannedProject } from "../model/plan.ts";
import { restartStrategies, type RestartPolicy } from "../model/restart.ts";
import { groupStrategies, limitActions, limitNames, type Hooks } from "../model/supervision.ts";
import type { RunState } from "../model/run-state.ts";
import { executors, requirementEngines, type Exit, type Handle, type Probe, type UnitSpec } from "../model/unit.ts";
import type { PortHolder } from "../model/facts.ts";
import type { RunReport } from "../model/control.ts";

const count = z.int().nonnegative();
const time = z.string();
const texts = z.array(z.string());
const map = <T extends z.ZodType>(value: T) => z.record(z.string(), value);

/** A string whose possible values are the model's business; the JSON Schema says `string`, so that a new word breaks no reader. */
function word<T extends string>() {
  return z.custom<T>((value) => typeof value === "string").meta({ type: "string" });
}

const remoteError = z
  .strictObject({
    name: z.string(),
    message: z.string(),
    stack: z.string(),
    service: z.string(),
    instance: z.string().exactOptional(),
    cause: z.strictObject({ name: z.string(), message: z.string() }).exactOptional(),
  })
  .meta({ description: "What a method of a service threw" });

export const failure: z.ZodType<Failure> = z
  .strictObject({
    reason: word<Failure["reason"]>().meta({ description: "Why, as a stable word: process_exited, readiness_timeout, unknown_target, …" }),
    message: z.string(),
    hint: z.string().exactOptional(),
    place: z.strictObject({ file: z.string(), line: z.int().exactOptional(), column: z.int().exactOptional() }).exactOptional(),
    get cause() {
      return failure.exactOptional();
    },
    logTail: texts.exactOptional(),
    startClass: word<StartClass>().meta({ description: "What a failed start of a requirement leads to" }).exactOptional(),
    remote: remoteError.exactOptional(),
  })
  .meta({ id: "failure" });

const ofProcess = { pid: count, startTime: z.string(), bootId: z.string(), pidNamespace: z.string() };
const ofContainer = z.strictObject({ inside: z.literal("container"), engine: z.string(), containerId: z.string(), startedAt: time, imageId: z.string() });
export const handle: z.ZodType<Handle> = z.union([z.strictObject(ofProcess), z.strictObject({ ...ofProcess, inside: z.enum(["thread", "async"]), instance: count }), z.strictObject({ inside: z.literal("external"), instance: count }), ofContainer]);

export const exit: z.ZodType<Exit> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("code"), code: count }),
  z.strictObject({ kind: z.literal("signal"), signal: z.string() }),
  z.strictObject({ kind: z.literal("unknown") }),
  z.strictObject({ kind: z.literal("released") }),
]);

const probe: z.ZodType<Probe> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("listener"), port: count }),
  z.strictObject({ kind: z.literal("published"), port: count }),
  z.strictObject({ kind: z.literal("tcp"), host: z.string(), port: count }),
  z.strictObject({ kind: z.literal("http"), port: count, path: z.string(), status: z.int().exactOptional() }),
  z.strictObject({ kind: z.literal("exec"), command: texts }),
  z.strictObject({ kind: z.literal("log"), pattern: z.string() }),
  z.strictObject({ kind: z.literal("delay"), forMs: z.number() }),
  z.strictObject({ kind: z.literal("exchange"), host: z.string().exactOptional(), port: count, send: z.string(), expect: z.string() }),
  z.strictObject({ kind: z.literal("none") }),
]);

const signal = word<NodeJS.Signals>();

const restartPolicy: z.ZodType<RestartPolicy> = z.strictObject({
  strategy: z.enum(restartStrategies),
  baseMs: z.number(),
  maxDelayMs: z.number(),
  jitter: z.number(),
  stableAfterMs: z.number(),
  when: z.enum(["on-failure", "always"]),
  max: count,
  withinMs: z.number(),
});

const limits = z.strictObject({
  memoryBytes: count.exactOptional(),
  cpuShare: z.number().exactOptional(),
  fds: count.exactOptional(),
  connections: count.exactOptional(),
  onLimit: z.enum(limitActions),
});
const hooks = z.custom<Hooks>((value) => typeof value === "object").meta({ type: "object", additionalProperties: { type: "array", items: { type: "array", items: { type: "string" } } } });

const containerBase = {
  entrypoint: z.array(z.string()).exactOptional(),
  mounts: z.array(z.strictObject({ from: z.string(), target: z.string() })).exactOptional().meta({ description: "Directories of the machine it may read" }),
  ports: z.array(z.strictObject({ inside: count, port: count })),
  volumes: z.array(z.strictObject({ name: z.string(), target: z.string() })),
  network: z.enum(containerNetworks),
  hostName: z.string(),
  engine: z.strictObject({ name: z.string(), host: z.string(), tls: z.string().exactOptional(), address: z.string().exactOptional() }).exactOptional(),
  memoryBytes: count.exactOptional(),
};
const build = z.strictObject({ context: z.string(), dockerfile: z.string().exactOptional(), args: map(z.string()) });
const container: z.ZodType<ContainerRun> = z.union([z.strictObject({ ...containerBase, image: z.string() }), z.strictObject({ ...containerBase, build })]);

export const unitSpec: z.ZodType<UnitSpec> = z
  .strictObject({
  id: z.string(),
  project: z.string(),
  name: z.string(),
  kind: z.enum(["service", "requirement"]),
  executor: z.enum(executors),
  pluginExecutor: z.string().exactOptional(),
  module: z.string().exactOptional(),
  command: texts,
  container: container.exactOptional(),
  directory: z.string(),
  env: map(z.string()),
  secretEnv: texts.exactOptional(),
  ports: z.array(z.strictObject({ name: z.string(), port: count, requested: count })),
  ready: probe,
  readyTimeoutMs: z.number(),
  stop: z.strictObject({ signal, to: z.enum(["group", "leader"]), graceMs: z.number() }),
  dependsOn: texts,
  prepare: z.array(z.strictObject({ name: z.string(), command: texts, inputs: texts })),
  critical: z.boolean(),
  url: z.string().exactOptional(),
  healthUrl: z.string().exactOptional(),
  restart: restartPolicy.exactOptional(),
  restartGroup: z.strictObject({ name: z.string(), strategy: z.enum(groupStrategies), members: texts }).exactOptional(),
  live: z.strictObject({ probe, intervalMs: z.number(), timeoutMs: z.number(), failures: count, restart: z.boolean() }).exactOptional(),
  limits: limits.exactOptional(),
  watch: texts.exactOptional(),
  hooks: hooks.exactOptional(),
  logs: z.strictObject({ maxBytes: count, keep: count }).exactOptional(),
  requirement: z.strictObject({ adapter: z.string(), version: z.string(), engine: z.enum(requirementEngines).exactOptional(), because: z.string().exactOptional(), dataDirectory: z.string().exactOptional() }).exactOptional(),
  hash: z.string(),
})
  .meta({ id: "unit_spec" });

const lifecycle: z.ZodType<Lifecycle> = z.discriminatedUnion("status", [
  z.strictObject({ status: z.literal("planned"), at: time }),
  z.strictObject({ status: z.literal("preparing"), at: time, step: z.string() }),
  z.strictObject({ status: z.literal("starting"), at: time }),
  z.strictObject({ status: z.literal("started"), at: time, handle }),
  z.strictObject({ status: z.literal("ready"), at: time, handle, startupMs: z.number(), evidence: z.string() }),
  z.strictObject({ status: z.literal("unhealthy"), at: time, handle, failure }),
  z.strictObject({ status: z.literal("stopping"), at: time, handle }),
  z.strictObject({ status: z.literal("stopped"), at: time, exit, killed: z.array(count) }),
  z.strictObject({ status: z.literal("failed"), at: time, failure, exit: exit.exactOptional(), handle: handle.exactOptional() }),
  z.strictObject({ status: z.literal("restarting"), at: time, dueAt: time, attempt: count, delayMs: z.number(), failure, alongside: texts }),
  z.strictObject({ status: z.literal("blocked"), at: time, failure }),
]);

const plannedProject: z.ZodType<PlannedProject> = z.strictObject({ name: z.string(), root: z.string(), slot: count, branch: z.string().exactOptional() });

const warning = { at: time, code: z.string(), message: z.string(), unitId: z.string().exactOptional() };

export const runState: z.ZodType<RunState> = z.strictObject({
  runId: z.string(),
  seq: count,
  mode: z.enum(["main", "trees"]),
  scope: z.string(),
  repository: z.string(),
  startedAt: time,
  stoppedAt: time.exactOptional(),
  updatedAt: time,
  projects: map(plannedProject),
  units: map(z.strictObject({ spec: unitSpec, isWanted: z.boolean(), life: lifecycle, logPath: z.string().exactOptional(), environmentId: z.string().exactOptional(), starts: count, restarts: z.array(time), attempt: count, healthy: z.strictObject({ since: time, until: time.exactOptional() }).exactOptional(), lastExit: exit.exactOptional(), prepared: map(z.string()) })),
  differing: map(z.string()).exactOptional(),
  configurationProblem: failure.exactOptional(),
  warnings: z.array(z.strictObject(warning)),
  failures: z.array(z.strictObject({ at: time, unitId: z.string(), failure })),
});

const portHolder: z.ZodType<PortHolder> = z.strictObject({
  pid: count.exactOptional(),
  command: z.string().exactOptional(),
  directory: z.string().exactOptional(),
  owner: z.string().exactOptional(),
  container: z.string().exactOptional(),
  address: z.string(),
  reservation: z.string().exactOptional(),
});

const portMove = z.strictObject({ unitId: z.string(), portName: z.string(), requested: count, port: count, holder: portHolder });
const intentKind = z.enum(["start", "stop", "restart", "resume", "reload"]);
const planAction = z.enum(["start", "restart", "adopt", "stop", "leave"]);

/** As an object, to be extended; the line below checks it against the model. */
export const plan = z.strictObject({
  intent: intentKind,
  mode: z.enum(["main", "trees"]),
  projects: z.array(plannedProject),
  nodes: z.array(z.strictObject({ unitId: z.string(), action: planAction, because: z.string(), evidence: z.string().exactOptional(), spec: unitSpec, after: texts })),
  portMoves: z.array(portMove),
  destructive: texts,
  notes: texts,
  hash: z.string(),
});
void (plan satisfies z.ZodType<Plan>);

/** As an object, to be extended; the line below checks it against the model. */
export const runReport = z.strictObject({
  ok: z.boolean(),
  exit: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(124)]),
  intent: intentKind,
  runId: z.string().exactOptional(),
  planHash: z.string().exactOptional(),
  durationMs: z.number(),
  units: z.array(
    z.strictObject({
      unitId: z.string(),
      action: planAction,
      because: z.string(),
      status: z.enum(["planned", "preparing", "starting", "started", "ready", "unhealthy", "stopping", "stopped", "failed", "restarting", "blocked"]),
      port: count.exactOptional(),
      url: z.string().exactOptional(),
      startupMs: z.number().exactOptional(),
      failure: failure.exactOptional(),
    }),
  ),
  killed: z.array(z.strictObject({ unitId: z.string(), pid: count })),
  failures: z.array(failure),
  notes: texts,
});
void (runReport satisfies z.ZodType<RunReport>);

const stored = { seq: count, at: time, runId: z.string(), isContinued: z.literal(true).exactOptional() };
const of = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.strictObject({ type: z.literal(type), ...shape, ...stored });
const unitId = z.string();

export const event: z.ZodType<Event> = z.discriminatedUnion("type", [
  of("run_started", { schemaVersion: z.literal(1), mode: z.enum(["main", "trees"]), scope: z.string(), repository: z.string() }),
  of("intent_planned", { intentId: z.string(), intent: intentKind, planHash: z.string(), counts: map(z.number()) }),
  of("intent_finished", { intentId: z.string(), intent: intentKind, ok: z.boolean(), durationMs: z.number() }),
  of("project_joined", { project: plannedProject }),
  of("unit_planned", { unitId, spec: unitSpec, because: z.string(), isAutomatic: z.boolean(), environmentId: z.string().exactOptional() }),
  of("port_moved", { unitId, move: portMove }),
  of("unit_preparing", { unitId, step: z.string(), lastMs: z.number().exactOptional() }),
  of("unit_prepared", { unitId, step: z.string(), inputsHash: z.string(), skipped: z.boolean(), durationMs: z.number() }),
  of("progress", { unitId: unitId.exactOptional(), text: z.string(), done: z.number().exactOptional(), total: z.number().exactOptional() }),
  of("unit_starting", { unitId, mark: z.string(), logPath: z.string(), environmentId: z.string() }),
  of("unit_started", { unitId, handle }),
  of("unit_ready", { unitId, handle, startupMs: z.number(), evidence: z.string() }),
  of("unit_adopted", { unitId, handle }),
  of("unit_unhealthy", { unitId, handle, failure }),
  of("unit_recovered", { unitId, handle, evidence: z.string() }),
  of("unit_limit", { unitId, limit: z.enum(limitNames), measured: z.number(), allowed: z.number(), action: z.enum(limitActions) }),
  of("group_failed", { unitId, group: z.string(), failure, ended: texts }),
  of("log_rotated", { unitId, fromByte: count, toByte: count, droppedBytes: count }),
  of("log_truncated", { unitId, sizeBytes: count, knownBytes: count }),
  of("configuration_differs", { units: map(z.string()), problem: failure.exactOptional() }),
  of("unit_crashed", { unitId, exit, failure }),
  of("unit_restarting", { unitId, attempt: count, delayMs: z.number(), dueAt: time, because: failure, alongside: texts }),
  of("unit_span", { unitId, span: z.enum(startSpans), durationMs: z.number() }),
  of("requirement_retry", { unitId, startClass: word<StartClass>(), attempt: count, of: count, because: z.string() }),
  of("unit_failed", { unitId, failure, exit: exit.exactOptional(), handle: handle.exactOptional() }),
  of("unit_blocked", { unitId, failure }),
  of("unit_stopping", { unitId, because: z.string(), isWanted: z.literal(false).exactOptional() }),
  of("unit_stopped", { unitId, exit, killed: z.array(count) }),
  of("unit_forgotten", { unitId, because: z.string() }),
  of("run_stopped", {}),
  of("daemon_started", { pid: count, version: z.string() }),
  of("daemon_stopped", { pid: count, because: z.string() }),
  of("warning", { code: z.string(), message: z.string(), unitId: unitId.exactOptional() }),
]);
