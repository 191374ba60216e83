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
  let trouble = "";
  await terminal.handOver(async () => {
    trouble = await ended(process.getBuiltinModule("node:child_process").spawn(program, args, { stdio: "inherit", cwd: runtime.checkout.projectRoot }), program);
  }, prompt);
  return trouble;
}

function ended(child: ChildProcess, program: string): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`${program} could not be run: ${error.message}`));
    child.once("close", () => resolve(""));
  });
}
