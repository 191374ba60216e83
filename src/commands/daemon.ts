/** `envctl daemon status|start|stop|restart|logs`: the background supervisor of this repository. */
import { existsSync } from "node:fs";
import type { CommandBody } from "../cli/command.ts";
import { logTail } from "../engine/log-tail.ts";
import { exitCodes, UserError, type ExitCode } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";

export interface DaemonReport {
  readonly ok: boolean;
  readonly running: boolean;
  readonly action: "status" | "start" | "stop" | "restart" | "logs";
  readonly pid: number | null;
  readonly version: string | null;
  readonly started_at: string | null;
  /** Units it supervises. */
  readonly units: number;
  readonly socket: string;
  readonly log_path: string;
  readonly lines?: readonly string[];
}

const actions = ["status", "start", "stop", "restart", "logs"] as const;
type Action = (typeof actions)[number];
const shownLines = 50;

export const body: CommandBody<DaemonReport> = {
  run: async (input, runtime) => {
    const action = actionOf(input.args[0] ?? "status");
    if (action === "stop" || action === "restart") await stopDaemon(runtime);
    if (action === "start" || action === "restart") await runtime.control();
    const report = await status(runtime, action);
    return action === "logs" ? { ...report, ok: existsSync(runtime.scope.daemonLog), lines: logTail(runtime.scope.daemonLog, shownLines) } : report;
  },
  text: (report) => (report.lines === undefined ? [sentence(report)] : report.lines),
  exit: (report): ExitCode => (report.ok ? exitCodes.ok : exitCodes.failure),
};

function actionOf(word: string): Action {
  const action = actions.find((one) => one === word);
  if (action !== undefined) return action;
  throw new UserError({ reason: "unknown_target", message: `the daemon cannot "${word}"`, hint: `one of ${actions.join(", ")}` });
}

/** Units go on running; the next command that needs a daemon adopts them. */
async function stopDaemon(runtime: EngineRuntime): Promise<void> {
  const { connectDaemon } = await import("../daemon/client.ts");
  const connection = await connectDaemon(await runtime.daemon.socketPath(), runtime.daemon.version);
  await connection?.shutdown("asked by `envctl daemon stop`");
}

async function status(runtime: EngineRuntime, action: Action): Promise<DaemonReport> {
  const { connectDaemon } = await import("../daemon/client.ts");
  const socket = await runtime.daemon.socketPath();
  const connection = await connectDaemon(socket, runtime.daemon.version);
  connection?.close();
  const hello = connection?.hello;
  return {
    ok: true,
    action,
    running: hello !== undefined,
    pid: hello?.pid ?? null,
    version: hello?.version ?? null,
    started_at: hello?.startedAt ?? null,
    units: hello?.units ?? 0,
    socket,
    log_path: runtime.scope.daemonLog,
  };
}

function sentence(report: DaemonReport): string {
  if (!report.running) return report.action === "stop" ? "The daemon is stopped; units go on running." : "No daemon is running; it starts by itself when a command needs it.";
  return `The daemon runs: pid ${report.pid}, version ${report.version}, since ${report.started_at}, supervising ${report.units} ${report.units === 1 ? "unit" : "units"}.`;
}
