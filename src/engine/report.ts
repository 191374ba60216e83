/** How an intent ended, as a pure function of the state after it. */
import type { RunReport, UnitReport } from "../model/control.ts";
import { exitCodes, type ExitCode, type Failure } from "../model/failure.ts";
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
  const units = plan.nodes.map((node) => unitReport(state, node, execution));
  const own = [...units.flatMap((unit) => (unit.failure === undefined || unit.failure.reason === "dependency_failed" ? [] : [unit.failure])), ...how.strays];
  // Whatever it is to the others: what was to end lives on.
  const isCritical = (node: PlanNode): boolean => (node.spec.critical && execution.failures[node.unitId] !== undefined) || execution.failures[node.unitId]?.reason === "stop_failed";
  const ok = !how.wasCancelled && how.strays.length === 0 && !plan.nodes.some(isCritical);
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

function unitReport(state: RunState | undefined, node: PlanNode, execution: Execution): UnitReport {
  const unit = state?.units[node.unitId];
  const failure = execution.failures[node.unitId];
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
