/** Opens a URL in the browser of whoever called envctl. */
import type { ChildProcess } from "node:child_process";
import type { EngineRuntime } from "../runtime.ts";

/** What fails to open anything is over by then; a browser that was not there before stays for as long as somebody reads. */
const patienceMs = 3_000;

/** The person's own choice of a browser first, what opens things on this system else. What went wrong; undefined when nothing did. */
export async function openInBrowser(url: string, { environment, machine }: EngineRuntime["host"]): Promise<string | undefined> {
  const program = environment["BROWSER"] || (machine.platform === "darwin" ? "open" : "xdg-open");
  const child = process.getBuiltinModule("node:child_process").spawn(program, [url], { stdio: "ignore", detached: true, env: { ...environment } });
  child.unref();
  return endedBadly(child, program);
}

/** Undefined when it did what it should, or goes on. */
function endedBadly(child: ChildProcess, program: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(undefined), patienceMs);
    const over = (trouble: string | undefined): void => {
      clearTimeout(late);
      resolve(trouble);
    };
    child.once("error", (error) => over(`${program} could not be run: ${error.message}`));
    child.once("exit", (code) => over(code === 0 ? undefined : `${program} failed`));
  });
}
