/** `envctl preflight`: what a start would do and whether anything is in its way, without any effect. */
import type { CommandBody } from "../cli/command.ts";
import { exitCodes, UserError, type ExitCode, type Failure } from "../model/failure.ts";
import type { Finding } from "../model/finding.ts";
import type { StartupReport } from "../contracts/startup-report.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { planLines } from "../ui/plan-lines.ts";
import { intentOf } from "./intent.ts";
import { maskedPlan } from "./mask.ts";
import { startupReport } from "./startup-report.ts";

export interface PreflightReport {
  readonly contract_version: "envctl.preflight.v1";
  readonly surface: "preflight";
  readonly command: "start";
  readonly mode: string | null;
  readonly ok: boolean;
  readonly startup_enabled: boolean;
  /** The Python engine asked people to choose; here nothing has to be chosen. */
  readonly selection_required: boolean;
  /** The plan `start` would carry out; null when there cannot be one. */
  readonly startup: StartupReport | null;
  readonly blocking: readonly Failure[];
  /** What the checks before a start find. */
  readonly readiness: readonly Finding[];
}

export const body: CommandBody<PreflightReport> = {
  run: async (input, runtime) => {
    const base = { contract_version: "envctl.preflight.v1", surface: "preflight", command: "start" } as const;
    try {
      const intent = intentOf("start", input, runtime);
      const plan = await runtime.preview(intent);
      const readiness = (await runtime.examine({ intent, plan, gate: "start" })).map(({ finding }) => finding);
      const blocking = readiness.filter(({ status }) => status === "fail").map(failureOf);
      return { ...base, mode: plan.mode, ok: blocking.length === 0, startup_enabled: plan.nodes.length > 0, selection_required: false, startup: await startupReport(maskedPlan(plan), input, runtime), blocking, readiness };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { ...base, mode: null, ok: false, startup_enabled: false, selection_required: false, startup: null, blocking: error.failures, readiness: [] };
    }
  },
  text: (report) => [
    ...report.blocking.flatMap((failure) => [...failureLines(failure), ""]),
    ...(report.startup === null ? [] : planLines(report.startup)),
    ...report.readiness.filter(({ status }) => status === "warn").flatMap(({ detail, hint }) => [`warning: ${detail}`, ...(hint === undefined ? [] : [`  → ${hint}`])]),
    report.ok ? "Nothing is in the way of a start." : "A start would fail.",
  ],
  exit: (report): ExitCode => (report.ok ? exitCodes.ok : exitCodes.failure),
};

function failureOf({ detail, hint, reason = "internal" }: Finding): Failure {
  return { reason, message: detail, ...(hint === undefined ? {} : { hint }) };
}
