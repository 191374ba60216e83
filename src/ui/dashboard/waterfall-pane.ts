/** The waterfall of the last start as lines of bars; rows that go on grow. Pure. */
import { duration } from "../age.ts";
import { waterfallRange, type WaterfallRow, type WaterfallSpan } from "../waterfall.ts";
import type { Pane } from "./pane.ts";
import { cell, shortName, span, textWidth, type Line, type Look } from "./span.ts";
import type { World } from "./world.ts";

const looks: Readonly<Record<string, Look>> = { fetch: "busy", "data directory": "quiet", launch: "accent", start: "accent", ready: "good", bootstrap: "busy" };
const tailWidth = 24;

/** One row a unit, in the order they began. */
export function waterfallPane(world: World, width: number): Pane {
  const rows = world.waterfall;
  if (rows.length === 0) return { title: [span("Startup", "title")], lines: [[span("  nothing was started since the dashboard has this run", "quiet")]] };
  const { startMs, endMs } = waterfallRange(rows, world.nowMs);
  const names = Math.min(28, Math.max(...rows.map((row) => textWidth(row.unitId)))) + 2;
  const room = Math.max(8, width - names - tailWidth);
  const isOver = rows.every((row) => row.endMs !== undefined);
  return {
    title: [span("Startup", "title"), span(` ${rows.length} units in ${duration(endMs - startMs)}${isOver ? "" : " so far"} `)],
    lines: [...rows.map((row) => rowLine(row, { startMs, endMs, nowMs: world.nowMs, room, names })), axis(endMs - startMs, names, room), [span(" ".repeat(names)), ...legend(rows)]],
  };
}

/** The same in words: how long each unit took, and its parts, the longest first. */
export function spokenStart({ waterfall, nowMs }: Pick<World, "waterfall" | "nowMs">): readonly string[] {
  return waterfall.map((row) => {
    const parts = row.spans.toSorted((one, other) => lengthOf(other, nowMs) - lengthOf(one, nowMs)).map((one) => `${one.name} ${duration(lengthOf(one, nowMs))}`);
    return `${row.unitId}: ${row.outcome} after ${duration((row.endMs ?? nowMs) - row.startMs)}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
  });
}

function legend(rows: readonly WaterfallRow[]): Line {
  const names = [...new Set(rows.flatMap((row) => row.spans.map((one) => one.name)))];
  return names.slice(0, 6).flatMap((name) => [span("▆ ", looks[name] ?? "strong"), span(`${name}   `, "quiet")]);
}

interface Scale {
  readonly startMs: number;
  readonly endMs: number;
  readonly nowMs: number;
  readonly room: number;
  readonly names: number;
}

function rowLine(row: WaterfallRow, scale: Scale): Line {
  const endMs = row.endMs ?? scale.nowMs;
  const slowest = row.spans.toSorted((one, other) => lengthOf(other, scale.nowMs) - lengthOf(one, scale.nowMs))[0];
  const look: Look = row.outcome === "failed" ? "bad" : "plain";
  const text = `${duration(endMs - row.startMs)}${row.outcome === "failed" ? " ✗" : row.outcome === "running" ? " …" : ""}`;
  return [span(" "), ...cell(shortName(row.unitId, scale.names - 2), scale.names - 1, look), ...bars(row, scale), span(` ${text}`, look), span(slowest === undefined || row.spans.length < 3 ? "" : ` ${slowest.name}`, "quiet")];
}

function lengthOf(one: WaterfallSpan, nowMs: number): number {
  return (one.endMs ?? nowMs) - one.startMs;
}

/** One character a step of time: what went on then, the last that began counts. */
function bars(row: WaterfallRow, { startMs, endMs, nowMs, room }: Scale): Line {
  const step = (endMs - startMs) / room;
  const looksAt = Array.from({ length: room }, (_, index): Look | "gap" | "idle" => {
    const [fromMs, toMs] = [startMs + index * step, startMs + (index + 1) * step];
    if (toMs <= row.startMs || fromMs > (row.endMs ?? nowMs)) return "gap";
    const inside = row.spans.filter((one) => one.startMs < toMs && (one.endMs ?? nowMs) >= fromMs);
    const last = inside.toSorted((one, other) => one.startMs - other.startMs).at(-1);
    if (row.outcome === "failed" && (last === undefined || last.endMs === row.endMs)) return "bad";
    return last === undefined ? "idle" : (looks[last.name] ?? "strong");
  });
  return runs(looksAt).map(({ look, count }) => (look === "gap" ? span(" ".repeat(count)) : look === "idle" ? span("·".repeat(count), "quiet") : span("▆".repeat(count), look)));
}

function runs<T>(all: readonly T[]): readonly { readonly look: T; readonly count: number }[] {
  const found: { look: T; count: number }[] = [];
  for (const look of all) {
    const last = found.at(-1);
    if (last?.look === look) last.count += 1;
    else found.push({ look, count: 1 });
  }
  return found;
}

function axis(lengthMs: number, names: number, room: number): Line {
  const [middle, end] = [duration(lengthMs / 2), duration(lengthMs)];
  const half = Math.floor(room / 2);
  const rest = Math.max(1, room - half - textWidth(end));
  const shown = textWidth(middle) < rest ? middle : "";
  return [span(" ".repeat(names)), span("0".padEnd(half), "quiet"), span(shown.padEnd(rest), "quiet"), span(end, "quiet")];
}
