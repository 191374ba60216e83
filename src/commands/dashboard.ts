/** `envctl dashboard`: a live view in a terminal; one snapshot anywhere else. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { StatusReport } from "../contracts/reports.ts";
import { exitCodes } from "../model/failure.ts";
import type { IntentKind } from "../model/intent.ts";
import type { EngineRuntime } from "../runtime.ts";
import { duration } from "../ui/age.ts";
import { dashboardView } from "../ui/dashboard-view.ts";
import { eventLine } from "../ui/event-line.ts";
import { intentOf } from "./intent.ts";
import { body as status } from "./status.ts";

/** The snapshot, or undefined when the live view was shown. */
type Answer = StatusReport | undefined;

const refreshMs = 1000;

export const body: CommandBody<Answer> = {
  run: async (input, runtime) => {
    if (!input.isInteractive || input.wantsJson) return status.run(input, runtime) as Promise<StatusReport>;
    await live(input, runtime);
    return undefined;
  },
  text: (report, screen) => (report === undefined ? [] : status.text(report, screen)),
  exit: () => exitCodes.ok,
};

/** Enters the alternate screen and leaves it whatever happens. */
async function live(input: CommandInput, runtime: EngineRuntime): Promise<void> {
  const [{ render }, { createElement }, { Dashboard }] = await Promise.all([import("ink"), import("react"), import("../ui/dashboard.tsx")]);
  const screen = { cursor: 0, message: "" };
  let isOver = false;
  let report = (await status.run(input, runtime)) as StatusReport;
  const element = (): ReturnType<typeof createElement> => {
    const view = dashboardView({ report, ...screen, ageText: (seconds) => duration(seconds * 1000) });
    return createElement(Dashboard, { view, onKey: (key: string) => void onKey(key, view.selected) });
  };
  const draw = async (): Promise<void> => {
    report = (await status.run(input, runtime)) as StatusReport;
    if (!isOver) app.rerender(element());
  };
  const act = async (kind: IntentKind, unitId?: string): Promise<void> => {
    screen.message = `${kind} ${unitId ?? "everything"}…`;
    const flags = unitId === undefined ? input.flags : { ...input.flags, service: [unitId] };
    const control = await runtime.control();
    const result = await control.submit(intentOf(kind, { ...input, flags }, runtime), input.signal);
    screen.message = `${kind} ${unitId ?? "everything"}: ${result.ok ? "done" : (result.failures[0]?.message ?? "failed")}`;
    await draw();
  };
  const onKey = async (key: string, selected: string | undefined): Promise<void> => {
    if (key === "q") return end();
    if (key === "up" || key === "k") screen.cursor = Math.max(0, screen.cursor - 1);
    if (key === "down" || key === "j") screen.cursor += 1;
    if (key === "r" && selected !== undefined) void act("restart", selected).catch(showTrouble);
    if (key === "s" && selected !== undefined) void act("stop", selected).catch(showTrouble);
    if (key === "a") void act("start").catch(showTrouble);
    await draw();
  };
  const showTrouble = (error: unknown): void => {
    screen.message = error instanceof Error ? error.message : String(error);
    void draw();
  };
  process.stdout.write("\u001b[?1049h\u001b[H");
  const app = render(element(), { exitOnCtrlC: false });
  const timer = setInterval(() => void draw(), refreshMs);
  const watching = new AbortController();
  const end = (): void => {
    isOver = true;
    clearInterval(timer);
    watching.abort();
    app.unmount();
  };
  input.signal.addEventListener("abort", end, { once: true });
  void follow(runtime, watching.signal, draw);
  try {
    await app.waitUntilExit();
  } finally {
    process.stdout.write("\u001b[?1049l");
  }
}

/** Redraws as things happen while a daemon runs; without one the timer alone shows changes. */
async function follow(runtime: EngineRuntime, signal: AbortSignal, draw: () => Promise<void>): Promise<void> {
  const { connectDaemon } = await import("../daemon/client.ts");
  const connection = await connectDaemon(await runtime.daemon.socketPath(), runtime.daemon.version);
  if (connection === undefined) return;
  const seq = (await connection.state())?.seq ?? 0;
  for await (const event of connection.events(seq, signal)) if (eventLine(event) !== undefined) await draw();
  connection.close();
}
