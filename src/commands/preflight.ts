/** `envctl preflight`: what a start would do and whether anything is in its way, without any effect. */
import type { CommandBody } from "../cli/command.ts";
import { exitCodes, UserError, type ExitCode, type Failure } from "../model/failure.ts";
import type { Plan } from "../model/plan.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { planLines } from "../ui/plan-lines.ts";
import { intentOf } from "./intent.ts";
import { shownPlan } from "./shown-plan.ts";

export interface PreflightReport {
  readonly contract_version: "envctl.preflight.v1";
  readonly surface: "preflight";
  readonly command: "start";
  readonly mode: string | null;
  readonly ok: boolean;
  readonly startup_enabled: boolean;
  /** The plan `start` would carry out; null when there cannot be one. */
  readonly startup: Plan | null;
  readonly blocking: readonly Failure[];
}

export const body: CommandBody<PreflightReport> = {
  run: async (input, runtime) => {
    const base = { contract_version: "envctl.preflight.v1", surface: "preflight", command: "start" } as const;
    try {
      const plan = await shownPlan(intentOf("start", input, runtime), runtime);
      return { ...base, mode: plan.mode, ok: true, startup_enabled: plan.nodes.length > 0, startup: plan, blocking: [] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { ...base, mode: null, ok: false, startup_enabled: false, startup: null, blocking: error.failures };
    }
  },
  text: (report) => [
    ...report.blocking.flatMap((failure) => [...failureLines(failure), ""]),
    ...(report.startup === null ? [] : planLines(report.startup)),
    report.ok ? "Nothing is in the way of a start." : "A start would fail.",
  ],
  exit: (report): ExitCode => (report.ok ? exitCodes.ok : exitCodes.failure),
};
