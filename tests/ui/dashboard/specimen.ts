/** A world for the dashboard's rules: two projects of a shop, all well unless told otherwise. */
import type { JobRow } from "../../../src/contracts/job-reports.ts";
import type { StatusReport } from "../../../src/contracts/reports.ts";
import type { UnitRow } from "../../../src/contracts/unit-row.ts";
import { act } from "../../../src/ui/dashboard/act.ts";
import type { Step } from "../../../src/ui/dashboard/effect.ts";
import { dashboardFrame } from "../../../src/ui/dashboard/frame.ts";
import { firstPlace, type Place } from "../../../src/ui/dashboard/place.ts";
import { plainLine } from "../../../src/ui/dashboard/span.ts";
import type { CommandEntry, ShownLine, World } from "../../../src/ui/dashboard/world.ts";

export const nowMs = Date.parse("2026-11-21T08:00:00.000Z");

/** A unit that has been running for ten minutes. */
export function unitRow(unitId: string, more: Partial<UnitRow> = {}): UnitRow {
  const [project = "", name = ""] = unitId.split("/");
  return {
    unit_id: unitId, project, name, kind: "service", status: "running", port: null, url: null, pid: 4711, shell_pid: 4710, engine: null, critical: true, since: "2026-11-21T07:50:00.000Z", age_seconds: 600,
    cpu: 0.02, memory_bytes: 45 * 1024 * 1024, fds: 20, connections: null, uptime_seconds: 600, starts: 1, restarts: 0, next_restart_at: null, last_exit: null, depends_on: [], log_path: `/logs/${unitId}.log`,
    detail: null, differs: null, failure: null, ...more,
  };
}

export function reportOf(units: readonly UnitRow[], more: Partial<StatusReport> = {}): StatusReport {
  const counts: Record<string, number> = {};
  for (const unit of units) counts[unit.status] = (counts[unit.status] ?? 0) + 1;
  const names = [...new Set(units.map((unit) => unit.project))];
  return {
    found: true, run_id: "run-1", mode: "main", repository: "/code/shop", started_at: "2026-11-21T07:50:00.000Z", stopped_at: null, supervised: true, cwd_project: null,
    projects: names.map((name, slot) => ({ name, root: `/code/${name}`, branch: name.toLowerCase(), slot, units: units.filter((unit) => unit.project === name) })),
    status_counts: counts, differing: {}, configuration_problem: null, warnings: [], ...more,
  };
}

export const shopUnits: readonly UnitRow[] = [
  unitRow("Main/postgres", { kind: "requirement", status: "healthy", port: 5432, url: "postgresql://127.0.0.1:5432/app" }),
  unitRow("Main/backend", { port: 8000, url: "http://localhost:8000" }),
  unitRow("Main/worker", { critical: false }),
  unitRow("feature/backend", { port: 8020, url: "http://localhost:8020" }),
];

/** Some rows of the table, and one that another version may have. */
export const entries: readonly CommandEntry[] = [
  { name: "start", aliases: [], about: "Bring up what is selected.", takesTargets: true, needsArgument: false },
  { name: "stop", aliases: ["s"], about: "End what is selected.", takesTargets: true, needsArgument: false },
  { name: "restart", aliases: ["r"], about: "Stop and start.", takesTargets: true, needsArgument: false },
  { name: "health", aliases: ["h"], about: "Whether everything is in order.", takesTargets: true, needsArgument: false },
  { name: "env", aliases: [], about: "The variables of a unit.", takesTargets: false, argument: "UNIT", needsArgument: true },
  { name: "completion", aliases: [], about: "A script to source.", takesTargets: false, argument: "SHELL", needsArgument: true },
];

export function worldOf(units: readonly UnitRow[] = shopUnits, more: Partial<World> = {}): World {
  return {
    nowMs, report: reportOf(units), link: "live", git: {}, tests: {}, health: {}, waterfall: [], log: { lines: [], share: 1, sizeBytes: 0 }, detail: undefined, latencies: {}, tails: {}, jobs: [], jobLines: [], commands: entries, work: [], progress: {},
    ...more,
  };
}

/** A job that began a minute ago. */
export function jobRow(tid: string, more: Partial<JobRow> = {}): JobRow {
  return {
    tid, tid_short: tid.slice(-10), name: null, tags: [], uses: [], claims: [], project: "Main", service: null, directory: "/code/Main", command: ["npm", "run", "seed"], status: "running", attempts: 1,
    queued_at: "2026-11-21T07:59:00.000Z", started_at: "2026-11-21T07:59:00.000Z", ended_at: null, pid: 4712, return_code: null, signal: null, output_bytes: null, max_output_bytes: 1024 ** 3, taken: false, error: null, ...more,
  };
}

export function placeAt(cursor: string, more: Partial<Place> = {}): Place {
  return { ...firstPlace, cursor, ...more };
}

export function logLine(unitId: string, text: string, more: Partial<ShownLine> = {}): ShownLine {
  return { unitId, text, start: 0, end: text.length + 1, atMs: nowMs, ...more };
}

/** The screen as a person reads it. */
export function screenText(world: World, place: Place = firstPlace, width = 80, height = 24): string {
  return dashboardFrame(world, place, { width, height }).map(plainLine).join("\n");
}

/** Several keys, one after the other; the effects of the last. */
export function pressed(keys: readonly string[], world: World, place: Place = firstPlace): Step {
  return keys.reduce<Step>((step, key) => act(key, step.place, world, 10), { place, effects: [] });
}
