/** What a unit used over the time of a run, as a small picture for a page: plain SVG, nothing in it loads or runs. Pure. */

const [width, height] = [260, 28];

/** When a step of time began (epoch milliseconds), and how much of the most there was in it (0 to 1). */
export interface UsageMark {
  readonly atMs: number;
  readonly share: number;
}

export interface UsageSpan {
  readonly startMs: number;
  readonly endMs: number;
  /** How much time a mark stands for; a gap of more than two is none of it. */
  readonly stepMs: number;
}

/** Whole `<svg>` element; times without a mark stay empty. */
export function usageSvg(marks: readonly UsageMark[], span: UsageSpan, label: string): string {
  const lengthMs = Math.max(1, span.endMs - span.startMs);
  const x = (atMs: number): string => ((Math.min(1, Math.max(0, (atMs - span.startMs) / lengthMs)) * width).toFixed(1));
  const y = (share: number): string => (1 + (1 - share) * (height - 2)).toFixed(1);
  const lines = pieces(marks, span.stepMs).map((piece) => {
    const last = piece.at(-1);
    const ends = last === undefined ? [] : [`${x(last.atMs + span.stepMs)},${y(last.share)}`];
    return `<polyline fill="none" stroke="#4385be" stroke-width="1.5" points="${[...piece.map(({ atMs, share }) => `${x(atMs)},${y(share)}`), ...ends].join(" ")}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">${lines.join("")}</svg>`;
}

function pieces(marks: readonly UsageMark[], stepMs: number): readonly (readonly UsageMark[])[] {
  const all: UsageMark[][] = [];
  for (const mark of marks) {
    const [piece, before] = [all.at(-1), all.at(-1)?.at(-1)];
    if (piece === undefined || before === undefined || mark.atMs - before.atMs > 2 * stepMs || mark.atMs < before.atMs) all.push([mark]);
    else piece.push(mark);
  }
  return all;
}
