/** What an emulated terminal shows, as SVG: one text element for each run of equal looks, placed cell by cell, so that any monospaced font fits. */
import type { IBufferCell, Terminal } from "@xterm/headless";

/** Colours of a terminal: its sixteen, and what it has where no program asked for one. */
interface PictureTheme {
  readonly palette: readonly string[];
  readonly foreground: string;
  readonly background: string;
  readonly frame: string;
}

export type ThemeName = "dark" | "light";

/** Calm ones for pictures; in a terminal the sixteen colours are the terminal's own. The light ones are as faint as those of widespread terminals. */
const themes: Readonly<Record<ThemeName, PictureTheme>> = {
  dark: {
    palette: ["#1c1f26", "#e06c75", "#8cc570", "#e0b368", "#6aa5e8", "#c585d8", "#4fb8c4", "#abb2bf", "#5c6370", "#ef8a91", "#a9dc8c", "#f0cb8b", "#8fc1ff", "#dba3ec", "#7bd3dd", "#ffffff"],
    foreground: "#d4d8e0",
    background: "#15181e",
    frame: "#262b35",
  },
  light: {
    palette: ["#000000", "#cd3131", "#00a600", "#999900", "#0451a5", "#bc05bc", "#00a6b2", "#bfbfbf", "#666666", "#e50000", "#00d900", "#e5e500", "#0000ff", "#e500e5", "#00e5e5", "#e5e5e5"],
    foreground: "#1c1f26",
    background: "#ffffff",
    frame: "#e4e6ea",
  },
};
const [cellWidth, cellHeight, fontSize, bar] = [8.43, 18, 14, 30];

interface Look {
  readonly fore: string;
  readonly back: string | undefined;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

/** A window with a title around it. */
export function terminalPicture(screen: Terminal, title: string, themeName: ThemeName = "dark"): string {
  const theme = themes[themeName];
  const { background, frame } = theme;
  const [width, height] = [Math.ceil(screen.cols * cellWidth + 24), Math.ceil(screen.rows * cellHeight + bar + 16)];
  const rows = Array.from({ length: screen.rows }, (_, row) => rowParts(screen, row, theme)).flat();
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="'DejaVu Sans Mono', 'JetBrains Mono', Menlo, Consolas, monospace" font-size="${fontSize}">`,
    `<rect width="${width}" height="${height}" rx="9" fill="${background}"/><path d="M0 ${bar}V9a9 9 0 0 1 9-9H${width - 9}a9 9 0 0 1 9 9V${bar}z" fill="${frame}"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map((color, index) => `<circle cx="${18 + index * 20}" cy="${bar / 2}" r="6" fill="${color}"/>`),
    `<text x="${width / 2}" y="${bar / 2 + 5}" text-anchor="middle" fill="#8b93a3" font-size="13">${escaped(title)}</text>`,
    ...rows,
    "</svg>",
  ].join("\n")}\n`;
}

function rowParts(screen: Terminal, row: number, theme: PictureTheme): readonly string[] {
  const line = screen.buffer.active.getLine(screen.buffer.active.baseY + row);
  const parts: string[] = [];
  const y = bar + 8 + row * cellHeight;
  for (let column = 0; column < screen.cols; ) {
    const look = lookOf(line?.getCell(column), theme);
    let [text, end] = ["", column];
    while (end < screen.cols && isSame(lookOf(line?.getCell(end), theme), look)) {
      text += line?.getCell(end)?.getChars() || " ";
      end += line?.getCell(end)?.getWidth() || 1;
    }
    const [x, width] = [12 + column * cellWidth, (end - column) * cellWidth];
    if (look.back !== undefined) parts.push(`<rect x="${x.toFixed(1)}" y="${y}" width="${(width + 0.3).toFixed(1)}" height="${cellHeight}" fill="${look.back}"/>`);
    if (text.trim() !== "") parts.push(`<text x="${x.toFixed(1)}" y="${y + 13.5}" textLength="${width.toFixed(1)}" xml:space="preserve" fill="${look.fore}"${look.isBold ? ' font-weight="bold"' : ""}${look.isDim ? ' fill-opacity="0.55"' : ""}>${escaped(text)}</text>`);
    column = end;
  }
  return parts;
}

function lookOf(cell: IBufferCell | undefined, { palette, foreground, background }: PictureTheme): Look {
  if (cell === undefined) return { fore: foreground, back: undefined, isBold: false, isDim: false };
  const fore = cell.isFgDefault() ? foreground : colorOf(cell.getFgColor(), cell.isFgRGB(), palette);
  const back = cell.isBgDefault() ? undefined : colorOf(cell.getBgColor(), cell.isBgRGB(), palette);
  const isInverse = cell.isInverse() !== 0;
  return { fore: isInverse ? (back ?? background) : fore, back: isInverse ? fore : back, isBold: cell.isBold() !== 0, isDim: cell.isDim() !== 0 };
}

/** The 256 colours: sixteen, a cube of six levels, and greys. */
function colorOf(value: number, isRgb: boolean, palette: readonly string[]): string {
  if (isRgb) return `#${value.toString(16).padStart(6, "0")}`;
  const named = palette[value];
  if (named !== undefined) return named;
  if (value > 231) return `rgb(${Array.from({ length: 3 }, () => 8 + (value - 232) * 10).join(",")})`;
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const cube = value - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}

function isSame(one: Look, other: Look): boolean {
  return one.fore === other.fore && one.back === other.back && one.isBold === other.isBold && one.isDim === other.isDim;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
