/** Asks a person who sits at the terminal. */
import type { CommandInput } from "../cli/command.ts";

/** True for a yes; anything else, and nothing at all, is a no. */
export async function saysYes(question: string, input: Pick<CommandInput, "signal">): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(question, { signal: input.signal }).finally(() => lines.close());
  return /^y(es)?$/i.test(answer.trim());
}
