/** `envctl daemon status|start|stop|restart|logs`: the background supervisor of this repository. */
import type { CommandBody } from "../cli/command.ts";
import { exitCodes, UserError, type ExitCode } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { readTail } from "./log-file.ts";

export interface DaemonReport {
  readonly ok: boolean;
  readonly running: boolean;
  readonly action: "status" | "start" | "stop" | "restart" | "logs";
  readonly pid: number | null;
  readonly version: string | null;
  readonly started_at: string | null;
  /** Units it supervises, or left running. */
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
    const withServices = input.flags["with-services"] === true;
    if (withServices && action !== "stop") throw new UserError({ reason: "usage_invalid", message: `--with-services belongs to \`daemon stop\`, not to \`daemon ${action}\`` });
    const left = action === "stop" || action === "restart" ? await stopDaemon(runtime, withServices) : 0;
    if (action === "start" || action === "restart") await runtime.control({ withoutAutostart: input.flags["no-autostart"] === true });
    const report = { ...(await status(runtime, action)), ...(action === "stop" ? { units: left } : {}) };
    if (action !== "logs") return report;
    const tail = await readTail(runtime.scope.daemonLog, { lines: shownLines });
    return { ...report, ok: tail.exists, lines: tail.lines.map(({ text }) => text) };
  },
  text: (report) => (report.lines === undefined ? [sentence(report)] : report.lines),
  exit: (report): ExitCode => (report.ok ? exitCodes.ok : exitCodes.failure),
};

function actionOf(word: string): Action {
  const action = actions.find((one) => one === word);
  if (action !== undefined) return action;
  throw new UserError({ reason: "unknown_target", message: `the daemon cannot "${word}"`, hint: `one of ${actions.join(", ")}` });
}

/** How many units it leaves running; the next command that needs a daemon adopts them. */
async function stopDaemon(runtime: EngineRuntime, withServices: boolean): Promise<number> {
  const found = await reached(runtime);
  const connection = found ?? (withServices && mayRun(runtime) ? await startedDaemon(runtime) : undefined);
  if (connection === undefined) await runtime.daemon.end();
  await connection?.shutdown("asked by `envctl daemon stop`", withServices);
  return withServices ? 0 : (connection?.hello.units ?? 0);
}

/** What an earlier daemon left running can be stopped by a daemon only. */
function mayRun(runtime: EngineRuntime): boolean {
  const run = runtime.repository.latest();
  return run !== undefined && run.state.stoppedAt === undefined;
}

async function startedDaemon(runtime: EngineRuntime): ReturnType<EngineRuntime["daemon"]["connect"]> {
  await runtime.control();
  return runtime.daemon.connect();
}

/** One that hangs, or whose socket is gone, is ended by force: it holds no unit up. */
async function reached(runtime: EngineRuntime): ReturnType<EngineRuntime["daemon"]["connect"]> {
  try {
    return await runtime.daemon.connect();
  } catch (error) {
    if (!(error instanceof UserError) || (await runtime.daemon.end()) === undefined) throw error;
    return undefined;
  }
}

async function status(runtime: EngineRuntime, action: Action): Promise<DaemonReport> {
  const connection = await runtime.daemon.connect();
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
    socket: runtime.daemon.socketPath(),
    log_path: runtime.scope.daemonLog,
  };
}

function sentence(report: DaemonReport): string {
  if (report.action === "stop" && !report.running) return `The daemon is stopped${report.units === 0 ? "" : `; ${report.units} ${report.units === 1 ? "unit goes" : "units go"} on running`}.`;
  if (!report.running) return "No daemon is running; it starts by itself when a command needs it.";
  return `The daemon runs: pid ${report.pid}, version ${report.version}, since ${report.started_at}, supervising ${report.units} ${report.units === 1 ? "unit" : "units"}.`;
}
