/** A program in a real terminal: a pty, an emulator behind it, what is on the screen as text and as a picture. */
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { terminalPicture, type ThemeName } from "./terminal-picture.ts";

export interface ScreenOptions {
  readonly columns: number;
  readonly rows: number;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface TerminalScreen {
  readonly pid: number;
  text(): string;
  /** Everything the program wrote so far. */
  written(): string;
  readonly isAlternate: () => boolean;
  readonly isCursorHidden: () => boolean;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves with the screen once it shows the pattern; rejects with the screen after a while. */
  shows(pattern: RegExp, withinMs?: number): Promise<string>;
  /** The exit code. */
  readonly ended: Promise<number>;
  kill(signal?: string): void;
  /** As SVG. */
  picture(title: string, theme?: ThemeName): string;
}

/** Variables that make terminal libraries believe nobody watches. */
const hidden = /^(CI|CI_.*|VITEST.*|NO_COLOR|CONTINUOUS_INTEGRATION|BUILD_NUMBER|RUN_ID|COLUMNS|LINES)$/;
const patienceMs = 30_000;

/** Starts it; whoever opens a terminal kills it. */
export function openScreen(argv: readonly string[], options: ScreenOptions): TerminalScreen {
  const [program = "", ...args] = argv;
  const screen = new xterm.Terminal({ cols: options.columns, rows: options.rows, allowProposedApi: true, scrollback: 1000 });
  const shown = Object.fromEntries(Object.entries(options.environment).filter(([name]) => !hidden.test(name)));
  const child = spawn(program, [...args], { cols: options.columns, rows: options.rows, cwd: options.directory, name: "xterm-256color", env: { ...shown, TERM: "xterm-256color", COLORTERM: "truecolor" } });
  const watchers = new Set<() => void>();
  let written = "";
  child.onData((data) => {
    written += data;
    screen.write(data, () => watchers.forEach((look) => look()));
  });
  const text = (): string => Array.from({ length: screen.rows }, (_, row) => screen.buffer.active.getLine(screen.buffer.active.baseY + row)?.translateToString(true) ?? "").join("\n");
  return {
    pid: child.pid,
    text,
    written: () => written,
    isAlternate: () => screen.buffer.active.type === "alternate",
    isCursorHidden: () => written.lastIndexOf("\u001b[?25l") > written.lastIndexOf("\u001b[?25h"),
    press: (keys) => child.write(keys),
    resize: (columns, rows) => {
      screen.resize(columns, rows);
      child.resize(columns, rows);
    },
    shows: (pattern, withinMs = patienceMs) => whenShown(pattern, withinMs, text, watchers),
    ended: new Promise((resolve) => child.onExit(({ exitCode }) => resolve(exitCode))),
    kill: (signal) => child.kill(signal),
    picture: (title, theme) => terminalPicture(screen, title, theme),
  };
}

function whenShown(pattern: RegExp, withinMs: number, text: () => string, watchers: Set<() => void>): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(late);
      watchers.delete(look);
    };
    const late = setTimeout(() => {
      end();
      reject(new Error(`not on the screen within ${withinMs} ms: ${pattern}\n${text()}`));
    }, withinMs);
    const look = (): void => {
      if (!pattern.test(text())) return;
      end();
      resolve(text());
    };
    watchers.add(look);
    look();
  });
}
