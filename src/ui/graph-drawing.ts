/** A graph as lines of text, as Mermaid, and as a picture. Pure. */
import { escapedMarkup } from "./markup.ts";

/** What is drawn. */
export interface Drawn {
  readonly nodes: readonly DrawnNode[];
  /** From what gives to what requires. */
  readonly edges: readonly (readonly [from: string, to: string])[];
}

export interface DrawnNode {
  readonly id: string;
  /** Absent for what is no unit of the graph: a service, a requirement. */
  readonly status?: string;
}

/** Levels: every node below all that it requires. */
export function graphLines(drawn: Drawn): readonly string[] {
  if (drawn.nodes.length === 0) return ["No unit."];
  return levelsOf(drawn).flatMap((level) => level.map(({ id, status, depth }) => {
    const requires = drawn.edges.filter(([, to]) => to === id).map(([from]) => from);
    return `${"  ".repeat(depth)}${id}${status === undefined || status === "" ? "" : ` (${status})`}${requires.length === 0 ? "" : ` ← ${requires.join(", ")}`}`;
  }));
}

/** https://mermaid.js.org/syntax/flowchart.html */
export function graphMermaid({ nodes, edges }: Drawn): readonly string[] {
  const names = new Map(nodes.map(({ id }, index) => [id, `u${index}`]));
  return [
    "flowchart LR",
    ...nodes.map(({ id, status }) => `  ${names.get(id) ?? ""}${status === undefined ? "([" : "["}"${escapedMarkup(id)}"${status === undefined ? "])" : "]"}`),
    ...edges.map(([from, to]) => `  ${names.get(from) ?? ""} --> ${names.get(to) ?? ""}`),
  ];
}

const colors: Readonly<Record<string, string>> = { pass: "#879a39", warn: "#d0a215", fail: "#d14d41", error: "#d14d41", timeout: "#da702c", skip: "#878580" };
const otherColor = "#4385be";
const [rowHeight, boxHeight, gap, padding, letterWidth] = [40, 26, 60, 16, 7.3];

/** Plain SVG, without a script; no font but the reader's own. */
export function graphSvg(drawn: Drawn): readonly string[] {
  const levels = levelsOf(drawn);
  const widths = levels.map((level) => Math.ceil(Math.max(...level.map(({ id }) => id.length)) * letterWidth) + 20);
  const lefts = widths.map((_, index) => padding + widths.slice(0, index).reduce((sum, width) => sum + width + gap, 0));
  const boxes = new Map(levels.flatMap((level, column) => level.map((node, row) => [node.id, { ...node, x: lefts[column] ?? 0, y: padding + row * rowHeight, width: widths[column] ?? 0 }] as const)));
  const [width, height] = [(lefts.at(-1) ?? 0) + (widths.at(-1) ?? 0) + padding, Math.max(1, ...levels.map((level) => level.length)) * rowHeight + padding];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${drawn.nodes.length} units" font-family="ui-monospace, monospace" font-size="12">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="currentColor" fill-opacity="0.5"/></marker></defs>',
    ...drawn.edges.flatMap(([from, to]) => {
      const [start, end] = [boxes.get(from), boxes.get(to)];
      if (start === undefined || end === undefined) return [];
      const [x1, y1, x2, y2] = [start.x + start.width, start.y + boxHeight / 2, end.x, end.y + boxHeight / 2];
      return [`<path d="M${x1} ${y1} C${x1 + gap / 2} ${y1} ${x2 - gap / 2} ${y2} ${x2} ${y2}" fill="none" stroke="currentColor" stroke-opacity="0.4" marker-end="url(#tip)"/>`];
    }),
    ...[...boxes.values()].flatMap(({ id, status, x, y, width: wide }) => [
      `<rect x="${x}" y="${y}" width="${wide}" height="${boxHeight}" rx="${status === undefined ? 13 : 3}" fill="${colors[status ?? ""] ?? otherColor}" fill-opacity="0.2" stroke="${colors[status ?? ""] ?? otherColor}"><title>${escapedMarkup(`${id}${status === undefined || status === "" ? "" : `: ${status}`}`)}</title></rect>`,
      `<text x="${x + 10}" y="${y + 17}" fill="currentColor">${escapedMarkup(id)}</text>`,
    ]),
    "</svg>",
  ];
}

interface PlacedNode extends DrawnNode {
  readonly depth: number;
}

/** By the longest way from what requires nothing; what is on a cycle comes last. */
function levelsOf({ nodes, edges }: Drawn): readonly (readonly PlacedNode[])[] {
  const depths = new Map<string, number>();
  const before = new Map(nodes.map(({ id }) => [id, edges.filter(([, to]) => to === id).map(([from]) => from)]));
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const { id } of nodes) {
      const known = (before.get(id) ?? []).map((one) => depths.get(one));
      if (depths.has(id) || known.includes(undefined)) continue;
      depths.set(id, Math.max(-1, ...known.map((depth) => depth ?? 0)) + 1);
      isChanged = true;
    }
  }
  const last = Math.max(-1, ...depths.values()) + 1;
  const placed = nodes.map((node): PlacedNode => ({ ...node, depth: depths.get(node.id) ?? last }));
  return Array.from({ length: last + 1 }, (_, depth) => placed.filter((node) => node.depth === depth)).filter((level) => level.length > 0);
}
