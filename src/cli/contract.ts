/** What says which form an answer with `--json` has, so that a reader knows what it holds before it looks. */
import type { CommandSpec } from "./command.ts";

/** The name and version of a command's answer, described in `contracts/<command>.schema.json`. */
export function contractOf(command: string): string {
  return `envctl.${command.replaceAll("-", "_")}.v1`;
}

/** The report as it is written: with its contract first, unless it names one itself, is a list, or has a form that belongs to others. */
export function answerOf({ name, isBare }: Pick<CommandSpec, "name" | "isBare">, report: unknown): unknown {
  if (isBare === true || typeof report !== "object" || report === null || Array.isArray(report) || "contract_version" in report) return report;
  return { contract_version: contractOf(name), ...report };
}
