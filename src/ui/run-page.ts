/** A run as one HTML page that needs nothing but itself: no script, no font, no address. Pure. */
import { byteSize, duration } from "./age.ts";
import { cpuText, restartsText } from "./figure-words.ts";
import type { UsagePoint } from "../model/usage-history.ts";
import { sparkline } from "./dashboard/health-history.ts";
import { escapedMarkup } from "./markup.ts";
import type { Mishap, RunChronicle, StateSpan, UnitChronicle } from "./run-chronicle.ts";
import { shortened, shownMishaps, shownSpans, wholeRun, type ShownSpan } from "./run-bounds.ts";
import { usageSvg } from "./usage-svg.ts";
import { waterfallSvg } from "./waterfall-svg.ts";

/** The page forbids itself to load anything, whatever stands in it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'";

const style = `
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 1000px; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2rem; font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
pre { overflow-x: auto; font-size: 12px; }
figure { margin: 0; overflow-x: auto; }
.track { display: flex; height: 14px; background: #8882; min-width: 300px; }
.track i { min-width: 1px; }
.ready { background: #879a39; } .unhealthy, .restarting { background: #d0a215; } .failed, .blocked { background: #d14d41; }
.preparing, .starting, .started { background: #3aa99f; } .stopping, .stopped, .planned { background: #8886; }
.bad { color: #d14d41; }
`;

/** The whole document. Texts are escaped here; secrets must be hidden before. */
export function runPage(run: RunChronicle): string {
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width">`,
    `<title>${escapedMarkup(run.runId)}</title><style>${style}</style></head><body>`,
    `<h1>${escapedMarkup(run.runId)}</h1>`,
    `<p>${escapedMarkup(summary(run))}</p>`,
    ...section("Start", run.waterfall.length === 0 ? [] : [`<figure>${waterfallSvg(run.waterfall, run.endMs)}</figure>`]),
    ...section("States over time", run.units.length === 0 ? [] : tableOf(["Unit", `${clockText(run.startMs, run)} to ${clockText(run.endMs, run)}`], run.units.map((unit) => [escapedMarkup(unit.unitId), track(unit, run)]))),
    ...section("Units", run.units.length === 0 ? [] : tableOf(["Unit", "Kind", "State", "Ready in", "Starts", "Restarts", "CPU", "Memory"], run.units.map((unit) => unitCells(unit).map(escapedMarkup)))),
    ...section("Resource use over time", usageTable(run)),
    ...section("Failures", failures(run)),
    ...section("Tests", run.tests.length === 0 ? [] : tableOf(["Project", "Result", "Passed", "Failed", "At"], run.tests.map(({ project, ok, passed, failed, at }) => [project, ok ? "passed" : "failed", String(passed), String(failed), at].map(escapedMarkup)))),
    ...section("What happened", [...(run.omitted === 0 ? [] : [`<p>${run.omitted} earlier lines are left out; ${escapedMarkup(wholeRun(run))}.</p>`]), `<pre>${run.story.map((line) => escapedMarkup(shortened(line))).join("\n")}</pre>`]),
    "</body></html>",
    "",
  ].join("\n");
}

/** One sentence about the whole run. */
export function summary(run: RunChronicle): string {
  const length = duration(run.endMs - run.startMs);
  const restarts = run.units.reduce((sum, unit) => sum + unit.restarts, 0);
  return [
    `${run.repository}: ${run.projects.length === 0 ? "no project" : run.projects.join(", ")}`,
    `began ${new Date(run.startMs).toISOString()} and ${run.isOver ? `was stopped after ${length}` : `had not been stopped ${length} later`}`,
    [counted(run.units.length, "unit"), counted(restarts, "restart"), counted(run.mishaps.length, "failure")].join(", "),
  ].join("; ");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Unit, kind, state, ready in, starts, restarts, CPU, memory: as texts. */
export function unitCells(unit: UnitChronicle): readonly string[] {
  return [
    unit.unitId, unit.kind, unit.status,
    unit.readyMs === null ? "" : duration(unit.readyMs),
    String(unit.starts), restartsText(unit.restarts), cpuText(unit.cpu),
    unit.memoryBytes === null ? "" : byteSize(unit.memoryBytes),
  ];
}

const mostBars = 40;

/** Unit, the most it used, and bars of its memory over time: as texts, for units that were measured. */
export function usageRows({ units }: RunChronicle): readonly (readonly string[])[] {
  return units.filter(({ usage }) => usage.length > 0).map(({ unitId, usage }) => {
    const [most, group] = [peakOf(usage), Math.ceil(usage.length / mostBars)];
    const shares = Array.from({ length: Math.ceil(usage.length / group) }, (_, index) => peakOf(usage.slice(index * group, (index + 1) * group)).memoryBytes / Math.max(1, most.memoryBytes));
    return [unitId, `up to ${cpuText(most.cpu) || "?"} CPU`, `up to ${byteSize(most.memoryBytes)}`, sparkline(shares)];
  });
}

function peakOf(usage: UnitChronicle["usage"]): { readonly cpu: number | null; readonly memoryBytes: number } {
  const cpus = usage.flatMap(([, cpu]) => cpu ?? []);
  return { cpu: cpus.length === 0 ? null : Math.max(...cpus), memoryBytes: Math.max(0, ...usage.map(([, , bytes]) => bytes)) };
}

function usageTable(run: RunChronicle): readonly string[] {
  const span = { startMs: run.startMs, endMs: run.endMs, stepMs: run.usageStepMs ?? 0 };
  const rows = run.units.filter(({ usage }) => usage.length > 0).map(({ unitId, usage }) => {
    const most = peakOf(usage);
    const picture = (what: string, valueOf: (point: UsagePoint) => number | null, peak: number): string =>
      usageSvg(usage.flatMap((point) => { const value = valueOf(point); return value === null ? [] : [{ atMs: point[0], share: value / Math.max(peak, Number.MIN_VALUE) }]; }), span, what);
    return [
      escapedMarkup(unitId),
      `${picture("processor", ([, cpu]) => cpu, most.cpu ?? 1)}<br>up to ${escapedMarkup(cpuText(most.cpu) || "?")}`,
      `${picture("memory", ([, , bytes]) => bytes, most.memoryBytes)}<br>up to ${escapedMarkup(byteSize(most.memoryBytes))}`,
    ];
  });
  return rows.length === 0 ? [] : tableOf(["Unit", "CPU", "Memory"], rows);
}

/** `ready 3m 20s`. */
export function stateText({ status, startMs, endMs }: StateSpan): string {
  return `${status} ${duration(endMs - startMs)}`;
}

const dayMs = 86_400_000;

/** With the day, where the run lasted longer than one. */
function clockText(ms: number, { startMs, endMs }: RunChronicle): string {
  const text = new Date(ms).toISOString();
  return endMs - startMs < dayMs ? text.slice(11, 19) : text.slice(0, 16).replace("T", " ");
}

function track({ states }: UnitChronicle, run: RunChronicle): string {
  const { startMs, endMs } = run;
  const share = (ms: number): string => `${((100 * ms) / Math.max(1, endMs - startMs)).toFixed(3)}%`;
  const before = (states[0]?.startMs ?? endMs) - startMs;
  const parts = shownSpans(states, run).map((one) => `<i class="${one.status}" style="width:${share(one.endMs - one.startMs)}" title="${escapedMarkup(spanText(one, run))}"></i>`);
  return `<div class="track"><i style="width:${share(Math.max(0, before))}"></i>${parts.join("")}</div>`;
}

function spanText(span: ShownSpan, run: RunChronicle): string {
  const from = `from ${clockText(span.startMs, run)}`;
  return span.changes === 1 ? `${stateText(span)}, ${from}` : `${span.changes} states in ${duration(span.endMs - span.startMs)}, ${from}`;
}

function failures(run: RunChronicle): readonly string[] {
  const { shown, folded } = shownMishaps(run.mishaps);
  const before = folded.length === 0 ? [] : [`<p>${run.mishaps.length - shown.length} earlier ones are left out: ${escapedMarkup(folded.join(", "))}; ${escapedMarkup(wholeRun(run))}.</p>`];
  return [...before, ...shown.flatMap(mishap)];
}

function mishap({ at, unitId, message, hint, logTail }: Mishap): readonly string[] {
  return [
    `<p><b>${escapedMarkup(unitId)}</b> ${escapedMarkup(at)}<br><span class="bad">${escapedMarkup(message)}</span>${hint === null ? "" : `<br>→ ${escapedMarkup(hint)}`}</p>`,
    ...(logTail.length === 0 ? [] : [`<pre>${logTail.map(escapedMarkup).join("\n")}</pre>`]),
  ];
}

/** Cells are markup already. */
function tableOf(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (tag: string, cells: readonly string[]): string => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return ["<table>", line("th", heading), ...rows.map((row) => line("td", row)), "</table>"];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`<h2>${title}</h2>`, ...lines];
}
