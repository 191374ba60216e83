/** What a blast found and did, as text. */
import type { BlastedContainer, BlastedProcess, BlastReport } from "../model/blast.ts";
import { duration } from "./age.ts";
import { failureLines } from "./failure-lines.ts";
import { table } from "./table.ts";

const commandWidth = 60;

export function blastLines(report: BlastReport, ownScope: string): readonly string[] {
  const rows = report.processes.map((one) => [unitText(one, ownScope), String(one.pid), one.ports.join(", "), duration(one.ageMs), shortened(one.command)]);
  return [
    ...(rows.length === 0 ? [] : [...table(["UNIT", "PID", "PORT", "AGE", "COMMAND"], rows), ""]),
    ...containerLines(report, ownScope),
    ...report.endedDaemons.map(({ pid }) => `The daemon, pid ${pid}, did not answer or was busy with something else, and was ended.`),
    ...report.failures.flatMap(failureLines),
    summary(report),
  ];
}

function containerLines({ containers, volumes }: BlastReport, ownScope: string): readonly string[] {
  const rows = containers.map((one) => [unitText(one, ownScope), one.name, one.ports.join(", "), one.engine]);
  const kept = volumes.length === 0 ? [] : [`${volumes.length === 1 ? "The volume" : "The volumes"} ${volumes.map(({ name }) => name).join(", ")} ${volumes.length === 1 ? "stays" : "stay"}: \`envctl stop --remove-volumes\` removes data.`];
  return [...(rows.length === 0 ? [] : [...table(["UNIT", "CONTAINER", "PORT", "ENGINE"], rows), ""]), ...kept];
}

function summary({ isDryRun, ok, processes, containers, holdouts, containersLeft, releasedPorts, durationMs }: BlastReport): string {
  const isNothing = processes.length === 0 && containers.length === 0;
  if (isDryRun) return isNothing ? "Nothing would be ended." : `Would end ${counted(processes, containers)}.`;
  if (!ok) return holdouts.length + containersLeft.length === 0 ? "What runs in an engine that does not answer could not be ended." : `${counted(holdouts, containersLeft)} could not be ended.`;
  const ports = releasedPorts.length === 0 ? "" : ` Released ${releasedPorts.length === 1 ? "port" : "ports"} ${releasedPorts.join(", ")}.`;
  return `${isNothing ? "Nothing was running" : `Ended ${counted(processes, containers)} in ${duration(durationMs)}`}; a last look found nothing.${ports}`;
}

function counted(processes: readonly BlastedProcess[], containers: readonly BlastedContainer[]): string {
  const units = new Set([...processes, ...containers].map(({ scope, unitId }) => `${scope}/${unitId}`)).size;
  const parts = [
    ...(processes.length === 0 && containers.length > 0 ? [] : [`${processes.length} ${processes.length === 1 ? "process" : "processes"}`]),
    ...(containers.length === 0 ? [] : [`${containers.length} ${containers.length === 1 ? "container" : "containers"}`]),
  ];
  return `${parts.join(" and ")} of ${units} ${units === 1 ? "unit" : "units"}`;
}

/** Units of other repositories are named with their scope. */
function unitText({ scope, unitId }: Pick<BlastedProcess, "scope" | "unitId">, ownScope: string): string {
  return scope === ownScope ? unitId : `${scope}/${unitId}`;
}

function shortened(command: string): string {
  const line = command.replace(/\s+/g, " ");
  return line.length <= commandWidth ? line : `${line.slice(0, commandWidth - 1)}…`;
}
