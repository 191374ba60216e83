/** The dashboard as data: everything on the screen is decided here, nothing is drawn. */
import type { StatusReport } from "../contracts/reports.ts";
import { cpuText, memoryText, restartsText } from "./figure-words.ts";
import { statusTone, type Tone } from "./style.ts";
import { unsupervised, withoutName } from "./words.ts";

export interface DashboardRow {
  readonly unitId: string;
  readonly name: string;
  readonly status: string;
  readonly tone: Tone;
  readonly address: string;
  readonly pid: string;
  readonly age: string;
  readonly cpu: string;
  readonly memory: string;
  /** `↻3`: restarts that nobody asked for. */
  readonly restarts: string;
  readonly detail: string;
  readonly isSelected: boolean;
}

export interface DashboardView {
  readonly title: string;
  readonly projects: readonly { readonly name: string; readonly branch: string; readonly rows: readonly DashboardRow[] }[];
  /** The unit keys act on; undefined when there is none. */
  readonly selected: string | undefined;
  readonly footer: string;
}

export interface DashboardInput {
  readonly report: StatusReport;
  /** Position among all units; kept inside the list. */
  readonly cursor: number;
  /** What the last key led to. */
  readonly message: string;
  readonly ageText: (seconds: number) => string;
}

const keys = "↑↓ choose · r restart · s stop · a start all · q quit";

export function dashboardView({ report, cursor, message, ageText }: DashboardInput): DashboardView {
  const units = report.projects.flatMap((project) => project.units);
  const at = Math.min(Math.max(0, cursor), Math.max(0, units.length - 1));
  const selected = units[at]?.unit_id;
  return {
    title: titleOf(report, units.length),
    projects: report.projects.map((project) => ({
      name: project.name,
      branch: project.branch ?? "",
      rows: project.units.map((unit) => ({
        unitId: unit.unit_id,
        name: unit.name,
        status: unit.status,
        tone: statusTone(unit.status),
        address: unit.url ?? (unit.port === null ? "-" : String(unit.port)),
        pid: unit.pid === null ? "-" : String(unit.pid),
        age: ageText(unit.age_seconds),
        cpu: cpuText(unit.cpu),
        memory: memoryText(unit.memory_bytes),
        restarts: unit.restarts === 0 ? "" : `↻${restartsText(unit.restarts)}`,
        detail: withoutName(unit.detail ?? "", unit.unit_id),
        isSelected: unit.unit_id === selected,
      })),
    })),
    selected,
    footer: message === "" ? keys : `${message} · ${keys}`,
  };
}

function titleOf(report: StatusReport, count: number): string {
  if (!report.found) return "envctl · nothing was started yet";
  const counts = Object.entries(report.status_counts).map(([word, number]) => `${number} ${word}`);
  return `envctl · ${report.repository} · ${count} units: ${counts.join(", ")}${report.supervised || report.stopped_at !== null ? "" : ` · ${unsupervised}`}`;
}
