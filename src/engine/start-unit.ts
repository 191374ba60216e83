/** Brings one unit from planned to ready, recording every step. Decides nothing about other units. */
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { makeDirectory, errorText } from "../host/files.ts";
import { holds, portsHeldBy, type Listener } from "../host/sockets.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { maskSecrets } from "../model/secrets.ts";
import { exitText, ownerMark, type Exit, type UnitSpec } from "../model/unit.ts";
import { logSize, logTail } from "./log-tail.ts";
import { markedProcesses, ownProcesses } from "./ownership.ts";
import { awaitProbe, probedPort, probeRunner, probeText } from "./readiness.ts";
import type { Engine } from "./engine.ts";
import { executorPreparation } from "./executor-preparation.ts";
import { prepareStep } from "./prepare.ts";
import { sharedPreparation } from "../worktrees/provenance.ts";
import { opened, unitEnvironment } from "./unit-environment.ts";
import { timed } from "./spans.ts";
import { lastStepMs, noteStepMs } from "./step-times.ts";
import { classified, type StartContext } from "./start-context.ts";
import { startExternal } from "./start-external.ts";
import { watchCrash } from "./crashes.ts";
import { watchLiveness } from "./liveness.ts";
import { failUnit } from "./stop-unit.ts";
import type { Tracked } from "./supervise.ts";

/** Undefined when ready; else why not, already recorded. */
export async function startUnit(spec: UnitSpec, context: StartContext): Promise<Failure | undefined> {
  const { engine, signal } = context;
  await engine.clearings.get(spec.id);
  const logPath = engine.repository.logPath(context.runId, spec.id);
  makeDirectory(dirname(logPath));
  const environment = unitEnvironment(spec, context.callerEnvironment, { ...context, scopeId: engine.scopeId });
  const failure = (await preparation(spec, context, environment, logPath)) ?? (signal.aborted ? cancelled(spec) : undefined);
  if (failure !== undefined) return recorded(context, spec, failure);
  if (spec.executor === "external") return startExternal(spec, context, logPath);
  await engine.logs.beforeLaunch(spec.id);
  const begun = engine.host.clock.monotonic();
  // The first start of a run begins an empty log.
  const logOffset = logSize(logPath);
  const launched = await timed(engine, spec, "launch", () => launch(spec, context, environment, logPath));
  if ("reason" in launched) return recorded(context, spec, launched);
  const attempt: Attempt = { spec, context, environment, logPath, logOffset, begun, tracked: launched };
  const outcome = await timed(engine, spec, "ready", () => untilReady(attempt));
  if (typeof outcome !== "string") return failedStart(attempt, outcome);
  const incomplete = (await settled(attempt)) ?? (await bootstrapped(attempt));
  if (incomplete !== undefined) return failedStart(attempt, incomplete);
  const startupMs = Math.round(engine.host.clock.monotonic() - begun);
  engine.store.dispatch({ type: "unit_ready", unitId: spec.id, handle: launched.handle, startupMs, evidence: outcome });
  watchCrash(engine, launched);
  watchLiveness(engine, launched);
  return undefined;
}

/** What its project needs inside the server: without it the start has failed. A server that ends meanwhile ends the settling too. */
async function settled({ spec, context, tracked }: Attempt): Promise<Failure | undefined> {
  const settle = context.requirement?.settle;
  if (settle === undefined) return undefined;
  const gone = new AbortController();
  void tracked.ended.then(() => gone.abort());
  return settle(spec, context.callerEnvironment, AbortSignal.any([context.signal, gone.signal]));
}

/** Puts secrets into a word of a command. */
function openedBy(context: StartContext): (word: string) => string {
  return (word) => opened(word, context.callerEnvironment, context.reveal);
}

interface Attempt {
  readonly spec: UnitSpec;
  readonly context: StartContext;
  readonly environment: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly logOffset: number;
  readonly begun: number;
  readonly tracked: Tracked;
}

async function preparation(spec: UnitSpec, context: StartContext, environment: Readonly<Record<string, string>>, logPath: string): Promise<Failure | undefined> {
  const { engine } = context;
  const failure = await executorPreparation(spec, context);
  if (failure !== undefined) return failure;
  if (spec.requirement !== undefined) return requirementPreparation(spec, context);
  if (!existsSync(spec.directory) || !statSync(spec.directory).isDirectory()) {
    return { reason: "directory_missing", message: `the directory of ${spec.id} does not exist: ${spec.directory}`, hint: `set services.${spec.name}.dir in .envctl` };
  }
  const root = engine.store.state()?.projects[spec.project]?.root;
  const lent = root === undefined || root === engine.checkout.repository ? {} : { lent: (keyIn: (directory: string) => string) => sharedPreparation(root, engine.checkout.repository, spec.directory, keyIn) };
  for (const step of spec.prepare) {
    const begun = engine.host.clock.monotonic();
    const lastMs = lastStepMs(engine.scope.root, spec, step.name);
    engine.store.dispatch({ type: "unit_preparing", unitId: spec.id, step: step.name, ...(lastMs === undefined ? {} : { lastMs }) });
    const result = await prepareStep(step, { spec, environment, logPath, signal: context.signal, memory: context.prepareMemory, opened: openedBy(context), ...lent });
    if ("reason" in result) return result;
    const durationMs = Math.round(engine.host.clock.monotonic() - begun);
    if (!result.skipped) noteStepMs(engine.scope.root, spec, step.name, durationMs);
    engine.store.dispatch({ type: "unit_prepared", unitId: spec.id, step: step.name, ...result, durationMs });
  }
  return undefined;
}

async function requirementPreparation(spec: UnitSpec, context: StartContext): Promise<Failure | undefined> {
  const prepare = async (): Promise<void> => context.requirement?.prepare(spec, context.signal);
  const isOurs = spec.executor !== "external" && spec.container === undefined;
  if (isOurs) context.engine.store.dispatch({ type: "unit_preparing", unitId: spec.id, step: "data directory" });
  try {
    await (isOurs ? timed(context.engine, spec, "data directory", prepare) : prepare());
    return undefined;
  } catch (error) {
    if (error instanceof UserError && error.failures[0] !== undefined) return error.failures[0];
    if (context.signal.aborted) return cancelled(spec);
    return { reason: "prepare_failed", message: `${isOurs ? "the data directory" : "what is kept"} of ${spec.id} could not be made ready: ${errorText(error)}` };
  }
}

/** What its adapter does once it answers: a failure only where that must not be left out. */
async function bootstrapped({ spec, context }: Attempt): Promise<Failure | undefined> {
  const { engine, requirement, signal, isStrict } = context;
  const bootstrap = requirement?.bootstrap;
  if (bootstrap === undefined) return undefined;
  try {
    await timed(engine, spec, "bootstrap", () => bootstrap(spec, signal));
    return undefined;
  } catch (error) {
    if (signal.aborted) return cancelled(spec);
    const message = `${spec.id} runs, but its first steps failed: ${errorText(error)}`;
    if (isStrict) return { reason: "bootstrap_failed", message, hint: `see \`envctl logs --project ${spec.project} --service ${spec.name}\`; without \`strict\` the start goes on` };
    engine.store.dispatch({ type: "warning", code: "bootstrap_soft_failure", message, unitId: spec.id });
    return undefined;
  }
}

async function launch(spec: UnitSpec, context: StartContext, environment: Readonly<Record<string, string>>, logPath: string): Promise<Tracked | Failure> {
  const { engine, runId } = context;
  const startNumber = (engine.store.state()?.units[spec.id]?.starts ?? 0) + 1;
  engine.store.dispatch({ type: "unit_starting", unitId: spec.id, mark: ownerMark(engine.scopeId, spec.id, runId), logPath, environmentId: context.environmentId });
  try {
    const tracked = await engine.executors[spec.executor].start({ spec, runId, startNumber, command: spec.command.map(openedBy(context)), environment, callerEnvironment: context.callerEnvironment, logPath });
    engine.store.dispatch({ type: "unit_started", unitId: spec.id, handle: tracked.handle });
    return tracked;
  } catch (error) {
    if (error instanceof UserError && error.failures[0] !== undefined) return error.failures[0];
    return { reason: "spawn_failed", message: `${spec.id} could not be started: ${errorText(error)}` };
  }
}

/** The evidence, or the failure. */
async function untilReady(attempt: Attempt): Promise<string | Failure> {
  const { spec, context, tracked, logPath } = attempt;
  // Whether it ends at once or a moment later must not make the difference between a failed start and a crash.
  if (spec.ready.kind === "none") return "started";
  const { clock } = context.engine.host;
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const probe = awaitProbe(spec.ready, { clock, signal, logPath, logOffset: attempt.logOffset, startedAt: attempt.begun, directory: spec.directory, environment: attempt.environment, opened: openedBy(context), ...probeRunner(context.engine, spec, tracked.handle) });
  const timeout = clock.sleep(spec.readyTimeoutMs, signal).then((): "timeout" => "timeout");
  try {
    const first = await Promise.race([probe.then((evidence) => ({ evidence })), tracked.ended, timeout]);
    if (first === "timeout") return timeoutFailure(attempt);
    if ("kind" in first) return exitFailure(attempt, first);
    return proven(attempt, first.evidence);
  } catch (error) {
    if (context.signal.aborted) return cancelled(spec);
    return { reason: "internal", message: `the probe of ${spec.id} failed: ${errorText(error)}` };
  } finally {
    // Not awaited: an attempt under way may hang on a server that never answers.
    stop.abort();
    void Promise.allSettled([probe, timeout]);
  }
}

/** The proof, made once: whoever listens on the unit's port must belong to the unit. */
async function proven(attempt: Attempt, evidence: string): Promise<string | Failure> {
  const { spec, context, tracked } = attempt;
  const { engine } = context;
  const port = probedPort(spec.ready);
  if (port === undefined) return evidence;
  const listening = await engine.snapshots.listenersOn(port);
  const isHolder = (pid: number): boolean => listening.some((one) => holds(pid, one));
  const { handle } = tracked;
  // What an engine published on the port is the unit's own: a port that somebody has is refused.
  if (handle.inside === "container") return evidence;
  const nearby = handle.inside === undefined ? [...engine.table.children(handle.pid), handle.pid] : [engine.me.pid];
  if (listening.length === 0 || nearby.some(isHolder)) return evidence;
  if ((await ownPids(attempt)).some(isHolder)) return evidence;
  if (await isMarkedHolder(attempt, listening)) return evidence;
  if (listening.every((one) => one.pid === undefined && holderPid(engine, one.inode ?? "") === undefined)) return `${evidence} (holder not visible to this user)`;
  return {
    reason: "port_taken_by_stranger",
    message: `port ${port} of ${spec.id} is answered by a process that is not the unit's`,
    hint: `see who with \`envctl explain ${port}\``,
  };
}

/** Pids of the unit's processes; one inside the daemon has none, and listens with the daemon's; nor has a container. */
async function ownPids({ spec, tracked: { handle }, context: { engine } }: Attempt): Promise<readonly number[]> {
  if (handle.inside !== undefined) return [];
  const family = ownProcesses(engine.table, await engine.snapshots.rows(), { handle, markPrefix: markPrefix(engine, spec) });
  return family.map((row) => row.pid);
}

/** A server that left session, group and parent behind is still known by its mark. */
async function isMarkedHolder(attempt: Attempt, listening: readonly Listener[]): Promise<boolean> {
  const { engine } = attempt.context;
  const marked = markedProcesses(engine.table, await engine.snapshots.rows(), markPrefix(engine, attempt.spec));
  return marked.some((row) => listening.some((one) => holds(row.pid, one)));
}

function holderPid(engine: Engine, inode: string): number | undefined {
  return engine.table.rows().find((row) => holds(row.pid, { port: 0, address: "", inode }))?.pid;
}

async function timeoutFailure(attempt: Attempt): Promise<Failure> {
  const { spec, context, logPath, logOffset } = attempt;
  const { engine } = context;
  const elsewhere = portsHeldBy(await ownPids(attempt), await engine.snapshots.listeners()).filter((port) => !spec.ports.some((one) => one.port === port));
  const port = probedPort(spec.ready);
  const tail = logTail(logPath, 20, logOffset);
  if (port !== undefined && elsewhere.length > 0 && (await engine.snapshots.listenersOn(port)).length === 0) {
    return {
      reason: "wrong_port",
      message: `${spec.id} listens on ${elsewhere.join(", ")}, not on its port ${port}`,
      hint: `pass the port on: use {port} in services.${spec.name}.command, or read $PORT in the program`,
      logTail: tail,
    };
  }
  return {
    reason: "readiness_timeout",
    message: `${spec.id} was not ready after ${spec.readyTimeoutMs / 1000} s (probe: ${probeText(spec.ready)})`,
    hint: `see its log with \`envctl logs --project ${spec.project} --service ${spec.name}\`; services.${spec.name}.ready sets the probe and its timeout`,
    logTail: tail,
  };
}

function exitFailure(attempt: Attempt, exit: Exit): Failure {
  const { spec, logPath, logOffset } = attempt;
  const isDaemonized = exit.kind === "code" && exit.code === 0;
  const told = attempt.tracked.told?.();
  if (told !== undefined) return { ...told, logTail: logTail(logPath, 20, logOffset) };
  return {
    reason: "process_exited",
    message: `${spec.id} ended with ${exitText(exit)} before it was ready: ${maskSecrets(programText(spec))}`,
    hint: isDaemonized ? foregroundHint(spec) : `see its log with \`envctl logs --project ${spec.project} --service ${spec.name}\``,
    logTail: logTail(logPath, 20, logOffset),
  };
}

function programText({ module, container, command }: UnitSpec): string {
  return [...(container === undefined ? [] : [container.image ?? container.build?.context ?? ""]), module ?? command.join(" ")].join(" ").trim();
}

function foregroundHint({ module }: UnitSpec): string {
  if (module !== undefined) return "`run` of a module must not return before its `signal` aborts";
  return "a service must stay in the foreground; if it puts itself in the background, use its foreground option";
}

/** Nothing of a unit that did not come up is left running. */
async function failedStart(attempt: Attempt, unclassified: Failure): Promise<Failure> {
  const { spec, context, tracked } = attempt;
  return failUnit(context.engine, { spec, handle: tracked.handle, tracked }, classified(context, unclassified));
}

function markPrefix(engine: Engine, spec: UnitSpec): string {
  return `${engine.scopeId}/${spec.id}/`;
}

function cancelled(spec: UnitSpec): Failure {
  return { reason: "cancelled", message: `the start of ${spec.id} was cancelled` };
}

function recorded(context: StartContext, spec: UnitSpec, unclassified: Failure): Failure {
  const failure = classified(context, unclassified);
  context.engine.store.dispatch({ type: "unit_failed", unitId: spec.id, failure });
  return failure;
}
