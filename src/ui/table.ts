/** Text in aligned columns. */

// Escape sequences for colour (CSI … m) and links (OSC 8 … ST) take no room on the screen.
const invisible = /\u001b\[[0-9;]*m|\u001b\]8;;.*?\u001b\\/g;
// East Asian wide and emoji, two cells each: a subset of Unicode's annex 11 that covers names people give and what programs write. Of the two letters of a flag each takes one.
const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|(?![\u{1f1e6}-\u{1f1ff}])\p{Emoji_Presentation}/gu;
const combining = /\p{Mn}|\u200d|\ufe0f/gu;

/** Cells the text takes on a terminal. */
export function visibleWidth(text: string): number {
  const plain = text.replace(invisible, "").replace(combining, "");
  return [...plain].length + (plain.match(wide)?.length ?? 0);
}

/** Rows below a heading; columns two spaces apart, no trailing blanks. An empty heading is left out. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = heading.length === 0 ? rows : [heading, ...rows];
  const widths: number[] = [];
  for (const row of all) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell))));
  return all.map((row) => row.map((cell, column) => padded(cell, widths[column] ?? 0)).join("  ").trimEnd());
}

/** Fills up to a width; longer text stays whole. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - visibleWidth(text)));
}
