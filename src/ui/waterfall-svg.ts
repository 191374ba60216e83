/** The waterfall of a start as a picture for a page: plain SVG, no script, no font but the reader's own. */
import { duration } from "./age.ts";
import { escapedMarkup } from "./markup.ts";
import { waterfallRange, type WaterfallRow, type WaterfallSpan } from "./waterfall.ts";

const [nameWidth, barWidth, rowHeight, padding] = [200, 640, 22, 12];

/** Told apart in both light and dark; a name that is not here is a prepare step of the repository. */
const colors: Readonly<Record<string, string>> = { fetch: "#8b7ec8", "data directory": "#4385be", launch: "#3aa99f", start: "#3aa99f", ready: "#879a39", bootstrap: "#d0a215" };
const otherColor = "#da702c";
const failedColor = "#d14d41";

/** Whole `<svg>` element; `nowMs` is where rows end that go on. Empty rows give an empty string. */
export function waterfallSvg(rows: readonly WaterfallRow[], nowMs: number): string {
  if (rows.length === 0) return "";
  const { startMs, endMs } = waterfallRange(rows, nowMs);
  const scale = (atMs: number): number => Math.round(((atMs - startMs) / (endMs - startMs)) * barWidth * 10) / 10;
  const [width, height] = [nameWidth + barWidth + 2 * padding + 70, rows.length * rowHeight + 2 * padding + 24];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapedMarkup(summary(rows, nowMs))}" font-family="ui-monospace, monospace" font-size="12">`,
    ...ticks(endMs - startMs, rows.length),
    ...rows.flatMap((row, index) => rowParts(row, index, scale, nowMs)),
    "</svg>",
  ].join("\n");
}

function summary(rows: readonly WaterfallRow[], nowMs: number): string {
  const { startMs, endMs } = waterfallRange(rows, nowMs);
  return `Start of ${rows.length} ${rows.length === 1 ? "unit" : "units"} in ${duration(endMs - startMs)}`;
}

function ticks(lengthMs: number, count: number): readonly string[] {
  const bottom = padding + count * rowHeight;
  return [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const x = nameWidth + padding + share * barWidth;
    return [
      `<line x1="${x}" y1="${padding}" x2="${x}" y2="${bottom}" stroke="currentColor" stroke-opacity="0.15"/>`,
      `<text x="${x}" y="${bottom + 16}" text-anchor="middle" fill="currentColor" fill-opacity="0.6">${duration(lengthMs * share)}</text>`,
    ];
  });
}

function rowParts(row: WaterfallRow, index: number, scale: (atMs: number) => number, nowMs: number): readonly string[] {
  const y = padding + index * rowHeight;
  const endMs = row.endMs ?? nowMs;
  const textX = nameWidth + padding + scale(endMs) + 6;
  return [
    `<text x="${nameWidth}" y="${y + 15}" text-anchor="end" fill="currentColor">${escapedMarkup(row.unitId)}</text>`,
    `<rect x="${nameWidth + padding + scale(row.startMs)}" y="${y + 9}" width="${width(scale(endMs) - scale(row.startMs))}" height="4" rx="2" fill="currentColor" fill-opacity="0.15"/>`,
    ...row.spans.map((one) => bar(one, row, y, scale, nowMs)),
    `<text x="${textX}" y="${y + 15}" fill="${row.outcome === "failed" ? failedColor : "currentColor"}" fill-opacity="0.8">${duration(endMs - row.startMs)}${row.outcome === "ready" ? "" : ` ${row.outcome}`}</text>`,
  ];
}

function bar(one: WaterfallSpan, row: WaterfallRow, y: number, scale: (atMs: number) => number, nowMs: number): string {
  const endMs = one.endMs ?? nowMs;
  const color = row.outcome === "failed" && one.endMs === row.endMs ? failedColor : (colors[one.name] ?? otherColor);
  const x = nameWidth + padding + scale(one.startMs);
  return `<rect x="${x}" y="${y + 4}" width="${width(scale(endMs) - scale(one.startMs))}" height="14" rx="2" fill="${color}"><title>${escapedMarkup(`${row.unitId} ${one.name}: ${duration(endMs - one.startMs)}`)}</title></rect>`;
}

/** Something to see, however short it was. */
function width(length: number): number {
  return Math.max(2, Math.round(length * 10) / 10);
}
