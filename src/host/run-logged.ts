/** Runs a program to its end with its output appended to a log file; its whole process group ends with it. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { signalNames, sendSignal } from "./signals.ts";
import { exitOfStatus, type Exit } from "../model/unit.ts";

export interface LoggedProgram {
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL; 5 s unless given. */
  readonly killAfterMs?: number;
  /** Its standard input; none unless given. */
  readonly input?: string;
  readonly signal: AbortSignal;
  /** Kill the group when this process exits meanwhile, as at a second Ctrl-C. For the few programs of a command. */
  readonly endsWithUs?: boolean;
}

export type LoggedResult = { readonly exit: Exit } | { readonly trouble: "timeout" | "cancelled" | string };

const usualKillAfterMs = 5000;

/** Never throws; trouble is told in the result. */
export function runLogged(program: LoggedProgram): Promise<LoggedResult> {
  const [file = "", ...args] = program.command;
  const log = openSync(program.logPath, "a", 0o600);
  return new Promise<LoggedResult>((resolve) => {
    const child = spawn(file, args, { cwd: program.directory, env: program.environment, detached: true, stdio: [program.input === undefined ? "ignore" : "pipe", log, log] });
    // It need not read it.
    child.stdin?.on("error", () => undefined).end(program.input);
    let trouble: string | undefined;
    let killer: NodeJS.Timeout | undefined;
    const end = (why: string): void => {
      trouble ??= why;
      if (child.pid === undefined) return;
      const group = -child.pid;
      sendSignal(group, "SIGTERM");
      killer ??= setTimeout(() => sendSignal(group, "SIGKILL"), program.killAfterMs ?? usualKillAfterMs);
    };
    const onAbort = (): void => end("cancelled");
    const timer = setTimeout(() => end("timeout"), program.timeoutMs);
    const onExit = (): void => void (child.pid !== undefined && sendSignal(-child.pid, "SIGKILL"));
    if (program.endsWithUs === true) process.once("exit", onExit);
    const finish = (result: LoggedResult): void => {
      clearTimeout(timer);
      clearTimeout(killer);
      process.off("exit", onExit);
      program.signal.removeEventListener("abort", onAbort);
      if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
      resolve(trouble === undefined ? result : { trouble });
    };
    program.signal.addEventListener("abort", onAbort, { once: true });
    if (program.signal.aborted) onAbort();
    child.once("error", (error) => finish({ trouble: existsSync(program.directory) ? error.message : `${program.directory}, where it is to run, is not there` }));
    child.once("exit", (code, signal) => finish({ exit: signal === null ? exitOfStatus(code ?? 0, signalNames) : { kind: "signal", signal } }));
  }).finally(() => closeSync(log));
}
