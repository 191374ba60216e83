/** Other programs in the dashboard's terminal: envctl's own commands, a shell, a pager, an editor. */
import type { ChildProcess } from "node:child_process";
import type { Session } from "./session.ts";

/** This very program with other words. */
export function ownCommand(words: readonly string[]): readonly string[] {
  return [process.execPath, process.argv[1] ?? "", ...words];
}

/** Runs it to its end, where the dashboard was; `prompt` is shown before the dashboard comes back. The answer is what went wrong. */
export async function handedOver(argv: readonly string[], { terminal, runtime }: Session, prompt?: string): Promise<string> {
  const [program = "", ...args] = argv;
  let end: ProgramEnd = {};
  await terminal.handOver(async () => {
    end = await ended(process.getBuiltinModule("node:child_process").spawn(program, args, { stdio: "inherit", cwd: runtime.checkout.projectRoot }));
  }, prompt);
  if (end.error !== undefined) return `${program} could not be run: ${end.error.message}`;
  // Where nobody waits for a key, what the shell said of it is gone again.
  return end.code === notFound && prompt === undefined ? "a program is not there: PAGER, VISUAL, EDITOR and SHELL name others" : "";
}

interface ProgramEnd {
  readonly code?: number | null;
  readonly error?: Error;
}

/** A shell's exit code for a program that is not there. */
const notFound = 127;

function ended(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("close", (code) => resolve({ code }));
  });
}
