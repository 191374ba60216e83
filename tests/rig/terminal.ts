/** A program in a real terminal: what a person sees and what keys do. */
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { envctlProgram } from "./program.ts";
import type { Cleanup } from "./temporary.ts";

export interface Terminal {
  /** Resolves with the screen once it shows the pattern. */
  shows(pattern: RegExp): Promise<string>;
  press(keys: string): void;
  readonly isAlternate: () => boolean;
  readonly ended: Promise<number>;
}

const [cols, rows] = [100, 30];

/** Variables that make terminal libraries believe nobody watches. */
const hidden = /^(CI|VITEST.*|NO_COLOR|CONTINUOUS_INTEGRATION|BUILD_NUMBER|RUN_ID)$/;

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs `envctl ARGS` in a terminal of 100 by 30; ended when the test ends. */
export function openTerminal(cleanup: Cleanup, args: readonly string[], options: TerminalOptions): Terminal {
  const screen = new xterm.Terminal({ cols, rows, allowProposedApi: true });
  const env = Object.fromEntries(Object.entries(options.env).filter(([name]) => !hidden.test(name)));
  const program = spawn(process.execPath, [envctlProgram, ...args], { cols, rows, cwd: options.cwd, env: { ...env, TERM: "xterm-256color" } });
  const watchers = new Set<() => void>();
  program.onData((data) => screen.write(data, () => watchers.forEach((look) => look())));
  cleanup(() => program.kill());
  const text = (): string => Array.from({ length: rows }, (_, row) => screen.buffer.active.getLine(row)?.translateToString(true) ?? "").join("\n");
  return {
    shows: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!pattern.test(text())) return;
          watchers.delete(look);
          resolve(text());
        };
        watchers.add(look);
        look();
      }),
    press: (keys) => program.write(keys),
    isAlternate: () => screen.buffer.active.type === "alternate",
    ended: new Promise((resolve) => program.onExit(({ exitCode }) => resolve(exitCode))),
  };
}
