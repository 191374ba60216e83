/** Opens a URL in the browser of whoever called envctl. */
import type { EngineRuntime } from "../runtime.ts";

const deadlineMs = 10_000;

/** The person's own choice of a browser first, what opens things on this system else. What went wrong; undefined when nothing did. */
export async function openInBrowser(url: string, { environment, machine, runProgram }: EngineRuntime["host"]): Promise<string | undefined> {
  const program = environment["BROWSER"] ?? (machine.platform === "darwin" ? "open" : "xdg-open");
  const { code, trouble } = await runProgram([program, url], { timeoutMs: deadlineMs });
  return code === 0 ? undefined : (trouble ?? `${program} failed`);
}
