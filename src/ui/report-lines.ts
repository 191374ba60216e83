/** The end of an intent as text: endpoints after a start, what was ended after a stop, notes. */
import type { RunReport, UnitReport } from "../model/control.ts";
import { duration } from "./age.ts";
import { linked, statusTone, toned, type Styled } from "./style.ts";
import { table } from "./table.ts";

export function reportLines(report: RunReport, screen: Styled): readonly string[] {
  const isStop = report.intent === "stop";
  return [
    ...(isStop ? [] : unitTable(report.units, screen)),
    ...report.killed.map(({ unitId, pid }) => `${unitId}: pid ${pid} was still there, and was ended`),
    ...report.notes.map((note) => `Note: ${note}`),
    "",
    summary(report),
  ];
}

function unitTable(units: readonly UnitReport[], screen: Styled): readonly string[] {
  if (units.length === 0) return [];
  const rows = units.map((unit) => [
    unit.unitId,
    toned(unit.status, statusTone(unit.status === "ready" ? "running" : unit.status), screen),
    unit.url === undefined ? (unit.port === undefined ? "-" : String(unit.port)) : linked(unit.url, unit.url, screen),
    unit.startupMs === undefined || unit.action === "adopt" ? "" : duration(unit.startupMs),
    unit.action === "start" ? "" : `${unit.action}: ${unit.because}`,
  ]);
  return ["", ...table(["UNIT", "STATUS", "ADDRESS", "READY IN", ""], rows)];
}

const verbs = { start: "Started", stop: "Stopped", restart: "Restarted", resume: "Resumed", reload: "Reloaded" } as const;

function summary(report: RunReport): string {
  const took = duration(report.durationMs);
  if (!report.ok && report.units.length === 0 && report.durationMs < 1) return "";
  if (!report.ok) return report.exit === 2 ? `Cancelled after ${took}; what was started for it is stopped again.` : `Failed after ${took}.`;
  const count = (actions: readonly string[]): number => report.units.filter((unit) => actions.includes(unit.action)).length;
  const changed = count(["start", "restart", "stop"]);
  const kept = count(["adopt"]);
  if (report.intent === "stop") return changed === 0 ? "Nothing was running." : `Stopped ${plural(changed)} in ${took}.`;
  const notReady = report.units.filter((unit) => unit.failure !== undefined).length;
  return `${verbs[report.intent]} ${plural(changed - notReady)}${kept === 0 ? "" : `, ${kept} kept as ${kept === 1 ? "it was" : "they were"}`}${notReady === 0 ? "" : `, ${notReady} not ready`}, in ${took}.`;
}

function plural(count: number): string {
  return `${count} ${count === 1 ? "unit" : "units"}`;
}
