/** What a blast found and did, as text. */
import type { BlastedProcess, BlastReport } from "../model/blast.ts";
import { duration } from "./age.ts";
import { failureLines } from "./failure-lines.ts";
import { table } from "./table.ts";

const commandWidth = 60;

export function blastLines(report: BlastReport, ownScope: string): readonly string[] {
  const rows = report.processes.map((one) => [unitText(one, ownScope), String(one.pid), one.ports.join(", "), duration(one.ageMs), shortened(one.command)]);
  return [
    ...(rows.length === 0 ? [] : [...table(["UNIT", "PID", "PORT", "AGE", "COMMAND"], rows), ""]),
    ...report.endedDaemons.map(({ pid }) => `The daemon, pid ${pid}, did not answer or was busy with something else, and was ended.`),
    ...report.failures.flatMap(failureLines),
    summary(report),
  ];
}

function summary({ isDryRun, ok, processes, holdouts, releasedPorts, durationMs }: BlastReport): string {
  if (isDryRun) return processes.length === 0 ? "Nothing would be ended." : `Would end ${counted(processes)}.`;
  if (!ok) return `${counted(holdouts)} could not be ended.`;
  const ports = releasedPorts.length === 0 ? "" : ` Released ${releasedPorts.length === 1 ? "port" : "ports"} ${releasedPorts.join(", ")}.`;
  return `${processes.length === 0 ? "Nothing was running" : `Ended ${counted(processes)} in ${duration(durationMs)}`}; a last look found nothing.${ports}`;
}

function counted(processes: readonly BlastedProcess[]): string {
  const units = new Set(processes.map(({ scope, unitId }) => `${scope}/${unitId}`)).size;
  return `${processes.length} ${processes.length === 1 ? "process" : "processes"} of ${units} ${units === 1 ? "unit" : "units"}`;
}

/** Units of other repositories are named with their scope. */
function unitText({ scope, unitId }: BlastedProcess, ownScope: string): string {
  return scope === ownScope ? unitId : `${scope}/${unitId}`;
}

function shortened(command: string): string {
  const line = command.replace(/\s+/g, " ");
  return line.length <= commandWidth ? line : `${line.slice(0, commandWidth - 1)}…`;
}
