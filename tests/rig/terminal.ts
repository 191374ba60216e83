/** envctl in a real terminal of a test: what a person sees and what keys do. */
import { isAlive } from "./processes.ts";
import { envctlProgram } from "./program.ts";
import type { Cleanup } from "./temporary.ts";
import { openScreen, type TerminalScreen } from "./terminal-screen.ts";

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs `envctl ARGS` in a terminal of 100 by 30; ended when the test ends. */
export function openTerminal(cleanup: Cleanup, args: readonly string[], options: TerminalOptions): TerminalScreen {
  return openProgram(cleanup, [process.execPath, envctlProgram, ...args], options);
}

/** The same for any program. */
export function openProgram(cleanup: Cleanup, argv: readonly string[], { cwd, env }: TerminalOptions): TerminalScreen {
  const terminal = openScreen(argv, { columns: 100, rows: 30, directory: cwd, environment: env });
  cleanup(() => (isAlive(terminal.pid) ? terminal.kill() : undefined));
  return terminal;
}
