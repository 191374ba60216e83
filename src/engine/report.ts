/** How an intent ended, as a pure function of the state after it. */
import type { RunReport, UnitReport } from "../model/control.ts";
import { exitCodes, type ExitCode, type Failure } from "../model/failure.ts";
import { handleOf } from "../model/lifecycle.ts";
import type { Plan, PlanNode } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import { mainPort } from "../model/unit.ts";
import type { Execution } from "./execute.ts";

export interface ReportedEnd {
  readonly wasCancelled: boolean;
  readonly durationMs: number;
  /** What was found by its mark in the end and holds out. */
  readonly strays: readonly Failure[];
}

export function runReport(state: RunState | undefined, plan: Plan, execution: Execution, how: ReportedEnd): RunReport {
  const units = plan.nodes.map((node) => unitReport(state, node, execution.failures[node.unitId] ?? notStopped(state, plan, node)));
  const own = [...units.flatMap((unit) => (unit.failure === undefined || unit.failure.reason === "dependency_failed" ? [] : [unit.failure])), ...how.strays];
  // Whatever it is to the others: what was to end lives on.
  const isCritical = (node: PlanNode): boolean => (node.spec.critical && execution.failures[node.unitId] !== undefined) || execution.failures[node.unitId]?.reason === "stop_failed";
  const ok = !how.wasCancelled && how.strays.length === 0 && !plan.nodes.some(isCritical) && !plan.nodes.some((node) => notStopped(state, plan, node) !== undefined);
  return {
    ok,
    exit: exitOf(ok, how.wasCancelled, own),
    intent: plan.intent,
    ...(state === undefined ? {} : { runId: state.runId }),
    planHash: plan.hash,
    durationMs: how.durationMs,
    units,
    killed: execution.killed,
    failures: own,
    notes: notesOf(plan),
  };
}

function exitOf(ok: boolean, wasCancelled: boolean, failures: readonly Failure[]): ExitCode {
  if (wasCancelled) return exitCodes.interrupted;
  if (ok) return exitCodes.ok;
  return failures.length > 0 && failures.every((failure) => failure.reason === "readiness_timeout") ? exitCodes.timeout : exitCodes.failure;
}

/** Of a stop: what is in an engine that does not answer, and so cannot be ended. */
function notStopped(state: RunState | undefined, plan: Plan, { unitId, action, because }: PlanNode): Failure | undefined {
  const unit = state?.units[unitId];
  if (plan.intent !== "stop" || action !== "leave" || unit === undefined || handleOf(unit.life)?.inside !== "container") return undefined;
  return { reason: "engine_unreachable", message: `${unitId} was not stopped: ${because}`, hint: "everything else was; say it again when its engine answers" };
}

function unitReport(state: RunState | undefined, node: PlanNode, failure: Failure | undefined): UnitReport {
  const unit = state?.units[node.unitId];
  const port = mainPort(node.spec);
  return {
    unitId: node.unitId,
    action: node.action,
    because: node.because,
    status: unit?.life.status ?? "planned",
    ...(port === undefined ? {} : { port }),
    ...(node.spec.url === undefined ? {} : { url: node.spec.url }),
    ...(unit?.life.status === "ready" ? { startupMs: unit.life.startupMs } : {}),
    ...(failure === undefined ? {} : { failure }),
  };
}

function notesOf(plan: Plan): readonly string[] {
  return [...plan.notes, ...(plan.nodes.length === 0 && plan.intent !== "stop" ? ["nothing is configured to start"] : [])];
}
