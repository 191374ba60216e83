/** Between a server that answers and those that use it: what the project needs inside, then the project's migration. */
import { dirname } from "node:path";
import { errorText, makeDirectory } from "../host/files.ts";
import { runLogged, type LoggedResult } from "../host/run-logged.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import { exitText, unitIdOf, type UnitId, type UnitSpec } from "../model/unit.ts";
import { underClaim } from "./claims.ts";
import type { Engine } from "./engine.ts";
import { logSize, logTail } from "./log-tail.ts";
import { lastStepMs, noteStepMs, withLastTime } from "./step-times.ts";
import type { BoundRequirement, Effects, Migration } from "./requirement-drafts.ts";
import { unitEnvironment } from "./unit-environment.ts";

export interface SettleOrder {
  readonly requirement: BoundRequirement;
  readonly project: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly runId: string;
  readonly callerEnvironment: Readonly<Record<string, string>>;
  readonly effects: Effects;
}

const timeoutMs = 15 * 60_000;

/** Undefined when everything is there; else why not. */
export async function settle(engine: Engine, order: SettleOrder): Promise<Failure | undefined> {
  const { requirement, ports, effects, project } = order;
  const unitId = unitIdOf(project, requirement.name);
  try {
    await madeInside(engine, order);
    const migration = requirement.migration?.(ports);
    return migration === undefined ? undefined : await underClaim(engine, migration.claim, effects.signal, () => migrated(engine, order, unitId, migration));
  } catch (error) {
    if (error instanceof UserError && error.failures[0] !== undefined) return error.failures[0];
    if (effects.signal.aborted) return { reason: "cancelled", message: `what ${unitId} needs was being made when it was cancelled` };
    return { reason: "prepare_failed", message: `what ${unitId} needs could not be made: ${errorText(error)}` };
  }
}

/** Whoever makes something says so first; how long all of it took is what can be said the next time. */
async function madeInside(engine: Engine, { requirement, ports, effects }: SettleOrder): Promise<void> {
  const begun = engine.host.clock.monotonic();
  let hasBegun = false;
  const progress: Effects["progress"] = (text, done, total) => {
    effects.progress(hasBegun ? text : withLastTime(text, lastStepMs(engine.scope.root, requirement, "settle")), done, total);
    hasBegun = true;
  };
  await requirement.settle?.(ports, { ...effects, progress });
  if (hasBegun) noteStepMs(engine.scope.root, requirement, "settle", Math.round(engine.host.clock.monotonic() - begun));
}

async function migrated(engine: Engine, order: SettleOrder, unitId: UnitId, migration: Migration): Promise<Failure | undefined> {
  const { effects, callerEnvironment, requirement, runId, project } = order;
  const begun = engine.host.clock.monotonic();
  const logPath = engine.repository.logPath(runId, unitId);
  makeDirectory(dirname(logPath));
  const offset = logSize(logPath);
  effects.progress(withLastTime("migrating", lastStepMs(engine.scope.root, requirement, "migrate")));
  const env = { ENVCTL_PROJECT_NAME: project, ...migration.env };
  const environment = unitEnvironment({ id: unitId, env }, callerEnvironment, { scopeId: engine.scopeId, runId, reveal: effects.reveal });
  const result = await runLogged({ command: migration.command, directory: migration.directory, environment, logPath, timeoutMs, signal: effects.signal });
  const trouble = troubleOf(result);
  if (trouble === undefined) {
    const durationMs = Math.round(engine.host.clock.monotonic() - begun);
    noteStepMs(engine.scope.root, requirement, "migrate", durationMs);
    engine.store.dispatch({ type: "unit_prepared", unitId, step: "migrate", inputsHash: hashOf(migration.command), skipped: false, durationMs });
    return undefined;
  }
  if (trouble === "cancelled") return { reason: "cancelled", message: `the migration of ${unitId} was cancelled` };
  return {
    reason: "prepare_failed",
    message: `the migration of ${unitId} ${trouble}: ${migration.command.join(" ")}`,
    hint: `mend it and start again; its output is in ${logPath}`,
    logTail: logTail(logPath, 20, offset),
  };
}

function troubleOf(result: LoggedResult): string | undefined {
  if ("exit" in result) return result.exit.kind === "code" && result.exit.code === 0 ? undefined : `ended with ${exitText(result.exit)}`;
  return result.trouble === "timeout" ? `took longer than ${timeoutMs / 60_000} minutes` : result.trouble;
}

/** What was settled on servers of other projects, by project and requirement: once per start of the server. */
export type Settlements = Map<UnitId, { readonly server: string; readonly outcome: Promise<Failure | undefined> }>;

/** Settles what a unit uses of other projects' servers. All that wait for the same share one settling. */
export async function settleBorrowed(engine: Engine, spec: UnitSpec, settlements: Settlements, orderFor: (unitId: UnitId) => SettleOrder | undefined): Promise<{ readonly unitId: UnitId; readonly failure: Failure } | undefined> {
  for (const serverId of spec.dependsOn) {
    const server = engine.store.state()?.units[serverId];
    if (server === undefined || server.spec.project === spec.project) continue;
    const unitId = unitIdOf(spec.project, server.spec.name);
    const order = orderFor(unitId);
    if (order === undefined) continue;
    const start = hashOf([order.runId, server.starts, order.requirement.migration?.(order.ports) ?? {}, order.requirement.values(order.ports)]);
    const known = settlements.get(unitId);
    const outcome = known?.server === start ? known.outcome : settle(engine, order);
    settlements.set(unitId, { server: start, outcome });
    const failure = await outcome;
    if (failure === undefined) continue;
    settlements.delete(unitId);
    return { unitId, failure };
  }
  return undefined;
}
