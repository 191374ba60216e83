/** `envctl start`: brings up what is selected, keeping what already runs unchanged. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { intentOf } from "./intent.ts";
import { lifecycleBody, submitted, type LifecycleAnswer } from "./lifecycle.ts";

const inBackground = lifecycleBody((input, runtime) => intentOf("start", input, runtime));

export const body: CommandBody<LifecycleAnswer> = {
  ...inBackground,
  run: async (input, runtime) => {
    const ready = setupFlags.some((flag) => input.flags[flag] !== undefined) ? await (await import("./setup-worktrees.ts")).withSetup(input, runtime) : input;
    return ready.flags["foreground"] === true && ready.flags["dry-run"] !== true ? inForeground(ready, runtime) : inBackground.run(ready, runtime);
  },
};

const setupFlags = ["setup-worktrees", "setup-worktree", "include-existing-worktrees"];

/** Supervises in this very process until Ctrl-C, then stops what the run has. */
async function inForeground(input: CommandInput, runtime: EngineRuntime): Promise<LifecycleAnswer> {
  const daemon = await runtime.daemon.inForeground();
  if (daemon === undefined) {
    throw new UserError({ reason: "conflict", message: "a daemon already supervises this repository", hint: "leave out --foreground, or end it first: `envctl daemon stop`" }, exitCodes.conflict);
  }
  try {
    const report = await submitted(daemon.control, intentOf("start", input, runtime), input);
    if (!report.ok) return { type: "report", ...report };
    input.note("Supervising here; Ctrl-C stops everything.");
    await Promise.race([aborted(input.signal), daemon.ended]);
    const stopping = { ...input, signal: new AbortController().signal };
    return { type: "report", ...(await submitted(daemon.control, intentOf("stop", input, runtime, true), stopping)) };
  } finally {
    daemon.shutdown("the foreground run ended");
    await daemon.ended;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
}
