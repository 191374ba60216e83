/** Writes frames to a terminal: only what changed, each piece at its place, all at once where the terminal can. */
import { visibleWidth } from "../ui/table.ts";

export interface FrameWriter {
  draw(lines: readonly string[]): void;
  /** The next frame is written whole: somebody else wrote on the screen, or its size changed. */
  forget(): void;
}

// Synchronized output, https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036; others ignore it.
const begin = "\u001b[?2026h";
const end = "\u001b[?2026l";
/** Behind it nothing has a look any more. */
const reset = "\u001b[0m";
// ASCII, arrows, lines, blocks, bullets and · … ✓ ✗: terminals do not agree on the width of much else.
const isOfSureWidth = /^[\u0020-\u007e\u2190-\u21ff\u2500-\u25ff\u00b7\u2026\u2713\u2717\u001b]*$/;

/** `write` gets one string for each frame that differs from the one before. */
export function frameWriter(write: (text: string) => void): FrameWriter {
  let shown: readonly string[] | undefined;
  return {
    draw: (lines) => {
      const changed = lines.flatMap((line, index) => (shown?.[index] === line ? [] : [lineChange(shown?.[index] ?? "", line, index + 1)]));
      const whole = shown === undefined ? "\u001b[2J" : "";
      shown = lines;
      if (changed.length > 0 || whole !== "") write(begin + whole + changed.join("") + end);
    },
    forget: () => (shown = undefined),
  };
}

/** Beside a log there are units, which seldom change. */
function lineChange(before: string, after: string, row: number): string {
  const same = sameBeginning(before, after);
  return `\u001b[${row};${visibleWidth(same) + 1}H\u001b[K${after.slice(same.length)}`;
}

/** What both begin with, up to the end of a look. */
function sameBeginning(before: string, after: string): string {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at += 1;
  const ended = after.slice(0, at).lastIndexOf(reset);
  const same = ended < 0 ? "" : after.slice(0, ended + reset.length);
  return isOfSureWidth.test(same) ? same : "";
}
