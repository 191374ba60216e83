/** What panes have in common: a title, lines of an exact size, a part of a longer list. */
import { fitted, lineWidth, span, type Line } from "./span.ts";

/** A rectangle of the screen. */
export interface Pane {
  readonly title: Line;
  readonly lines: readonly Line[];
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rule with the title in it, and below it exactly so many lines as there is room. */
export function framed({ title, lines }: Pane, { width, height }: Size, isFocused: boolean): readonly Line[] {
  const rule = isFocused ? "accent" : "quiet";
  const room = Math.max(0, width - lineWidth(title) - 4);
  const head = fitted([span(isFocused ? "━━" : "──", rule), span(" "), ...title, span(" "), span((isFocused ? "━" : "─").repeat(room), rule)], width);
  const body = Array.from({ length: Math.max(0, height - 1) }, (_, index) => fitted(lines[index] ?? [], width));
  return height <= 0 ? [] : [head, ...body];
}

/** The first index to show so that `at` is at three quarters, as far as the ends allow: what is first, and most urgent, stays long. */
export function scrolledTo(at: number, count: number, height: number): number {
  return Math.min(Math.max(0, count - height), Math.max(0, at - Math.floor((height * 3) / 4)));
}

/** Panes side by side, with a rule between. Both have as many lines. */
export function beside(left: readonly Line[], right: readonly Line[]): readonly Line[] {
  return left.map((line, index) => [...line, span("│", "quiet"), ...(right[index] ?? [])]);
}
