/** A program in a real terminal: a pty, an emulator, what is on the screen as text, cells and a picture. */
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";

/** Variables that make terminal libraries believe nobody watches. */
const hidden = /^(CI|CI_.*|VITEST.*|NO_COLOR|CONTINUOUS_INTEGRATION|BUILD_NUMBER|RUN_ID|COLUMNS|LINES)$/;

/** Starts it; `look` is called after everything it writes. */
export function openTerminal(argv, { cols = 100, rows = 30, cwd = process.cwd(), env = process.env, onData = () => undefined } = {}) {
  const [program, ...args] = argv;
  const screen = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 1000 });
  const shown = Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.test(name)));
  const child = spawn(program, args, { cols, rows, cwd, name: "xterm-256color", env: { ...shown, TERM: "xterm-256color", COLORTERM: "truecolor" } });
  let bytes = 0;
  const watchers = new Set();
  child.onData((data) => {
    bytes += Buffer.byteLength(data);
    onData(data);
    screen.write(data, () => watchers.forEach((look) => look()));
  });
  const line = (row) => screen.buffer.active.getLine(screen.buffer.active.baseY + row);
  const text = () => Array.from({ length: screen.rows }, (_, row) => line(row)?.translateToString(true) ?? "").join("\n");
  return {
    pid: child.pid,
    text,
    bytes: () => bytes,
    isAlternate: () => screen.buffer.active.type === "alternate",
    press: (keys) => child.write(keys),
    resize: (width, height) => {
      screen.resize(width, height);
      child.resize(width, height);
    },
    /** Resolves with the screen once it shows the pattern; rejects with it after a while. */
    shows: (pattern, withinMs = 20_000) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => end(() => reject(new Error(`not on the screen: ${pattern}\n${text()}`))), withinMs);
        const end = (settle) => {
          clearTimeout(late);
          watchers.delete(look);
          settle();
        };
        const look = () => pattern.test(text()) && end(() => resolve(text()));
        watchers.add(look);
        look();
      }),
    ended: new Promise((resolve) => child.onExit(({ exitCode }) => resolve(exitCode))),
    kill: (signal) => child.kill(signal),
    svg: (title) => pictureOf(screen, line, title),
  };
}

// A calm palette for pictures; in a terminal the sixteen colours are the terminal's own.
const palette = ["#1c1f26", "#e06c75", "#8cc570", "#e0b368", "#6aa5e8", "#c585d8", "#4fb8c4", "#abb2bf", "#5c6370", "#ef8a91", "#a9dc8c", "#f0cb8b", "#8fc1ff", "#dba3ec", "#7bd3dd", "#ffffff"];
const [foreground, background, frame] = ["#d4d8e0", "#15181e", "#262b35"];
const [cellWidth, cellHeight, fontSize, bar] = [8.43, 18, 14, 30];

/** The screen as SVG: one text element for each run of equal looks, placed cell by cell, so that any monospaced font fits. */
function pictureOf(screen, line, title) {
  const [width, height] = [Math.ceil(screen.cols * cellWidth + 24), Math.ceil(screen.rows * cellHeight + bar + 16)];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="'DejaVu Sans Mono', 'JetBrains Mono', Menlo, Consolas, monospace" font-size="${fontSize}">`,
    `<rect width="${width}" height="${height}" rx="9" fill="${background}"/><path d="M0 ${bar}V9a9 9 0 0 1 9-9H${width - 9}a9 9 0 0 1 9 9V${bar}z" fill="${frame}"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map((color, index) => `<circle cx="${18 + index * 20}" cy="${bar / 2}" r="6" fill="${color}"/>`),
    `<text x="${width / 2}" y="${bar / 2 + 5}" text-anchor="middle" fill="#8b93a3" font-size="13">${escaped(title)}</text>`,
  ];
  for (let row = 0; row < screen.rows; row += 1) parts.push(...rowParts(line(row), row, screen.cols));
  return `${[...parts, "</svg>"].join("\n")}\n`;
}

function rowParts(line, row, cols) {
  const parts = [];
  const y = bar + 8 + row * cellHeight;
  for (let column = 0; column < cols; ) {
    const look = lookOf(line?.getCell(column));
    let [text, end] = ["", column];
    while (end < cols && sameLook(lookOf(line?.getCell(end)), look)) {
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

function lookOf(cell) {
  if (cell === undefined) return { fore: foreground, back: undefined, isBold: false, isDim: false };
  const fore = cell.isFgDefault() ? foreground : colorOf(cell.getFgColor(), cell.isFgRGB());
  const back = cell.isBgDefault() ? undefined : colorOf(cell.getBgColor(), cell.isBgRGB());
  const isInverse = cell.isInverse() !== 0;
  return { fore: isInverse ? (back ?? background) : fore, back: isInverse ? fore : back, isBold: cell.isBold() !== 0, isDim: cell.isDim() !== 0 };
}

function colorOf(value, isRgb) {
  if (isRgb) return `#${value.toString(16).padStart(6, "0")}`;
  if (value < 16) return palette[value];
  if (value > 231) return `rgb(${Array(3).fill(8 + (value - 232) * 10).join(",")})`;
  const level = (step) => (step === 0 ? 0 : 55 + step * 40);
  const cube = value - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}

function sameLook(one, other) {
  return one.fore === other.fore && one.back === other.back && one.isBold === other.isBold && one.isDim === other.isDim;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
