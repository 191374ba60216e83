/** Writes frames to a terminal: only lines that changed, each at its place, all at once where the terminal can. */

export interface FrameWriter {
  draw(lines: readonly string[]): void;
  /** The next frame is written whole: somebody else wrote on the screen, or its size changed. */
  forget(): void;
}

// Synchronized output, https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036; others ignore it.
const begin = "\u001b[?2026h";
const end = "\u001b[?2026l";

/** `write` gets one string for each frame that differs from the one before. */
export function frameWriter(write: (text: string) => void): FrameWriter {
  let shown: readonly string[] | undefined;
  return {
    draw: (lines) => {
      const changed = lines.flatMap((line, index) => (shown?.[index] === line ? [] : [`\u001b[${index + 1};1H\u001b[2K${line}`]));
      const whole = shown === undefined ? "\u001b[2J" : "";
      shown = lines;
      if (changed.length > 0 || whole !== "") write(begin + whole + changed.join("") + end);
    },
    forget: () => (shown = undefined),
  };
}
