/** `envctl dashboard`: a live view in a terminal; one snapshot anywhere else. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { StatusReport } from "../contracts/reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { IntentKind } from "../model/intent.ts";
import type { EngineRuntime } from "../runtime.ts";
import { duration } from "../ui/age.ts";
import { dashboardView, type DashboardView } from "../ui/dashboard-view.ts";
import { eventLine } from "../ui/event-line.ts";
import { intentOf } from "./intent.ts";
import { body as status } from "./status.ts";

/** The snapshot, or undefined when the live view was shown. */
type Answer = StatusReport | undefined;

const refreshMs = 1000;

export const body: CommandBody<Answer> = {
  run: async (input, runtime) => {
    if (!input.isInteractive || input.wantsJson) return status.run(input, runtime);
    await live(input, runtime);
    return undefined;
  },
  text: (report, screen) => (report === undefined ? [] : status.text(report, screen)),
  exit: () => exitCodes.ok,
};

async function live(input: CommandInput, runtime: EngineRuntime): Promise<void> {
  const { openDashboard } = await import("../cli/dashboard-screen.tsx");
  const place = { cursor: 0, message: "" };
  let view = await viewOf(input, runtime, place);
  const screen = openDashboard(view, (key) => void onKey(key));
  const draw = async (): Promise<void> => {
    view = await viewOf(input, runtime, place);
    screen.show(view);
  };
  const act = async (kind: IntentKind, unitId?: string): Promise<void> => {
    const what = `${kind} ${unitId ?? "everything"}`;
    place.message = `${what}…`;
    place.message = `${what}: ${await outcome(kind, unitId, input, runtime)}`;
    await draw();
  };
  const onKey = async (key: string): Promise<void> => {
    if (key === "q") return screen.end();
    if (key === "up" || key === "k") place.cursor = Math.max(0, place.cursor - 1);
    if (key === "down" || key === "j") place.cursor += 1;
    if (key === "a") void act("start");
    if (key === "r" && view.selected !== undefined) void act("restart", view.selected);
    if (key === "s" && view.selected !== undefined) void act("stop", view.selected);
    await draw();
  };
  const watching = new AbortController();
  const timer = setInterval(() => void draw(), refreshMs);
  input.signal.addEventListener("abort", () => screen.end(), { once: true });
  const followed = follow(runtime, watching.signal, draw);
  await screen.ended;
  clearInterval(timer);
  watching.abort();
  await followed;
}

async function viewOf(input: CommandInput, runtime: EngineRuntime, place: { readonly cursor: number; readonly message: string }): Promise<DashboardView> {
  const report = await status.run(input, runtime);
  return dashboardView({ report, ...place, ageText: (seconds) => duration(seconds * 1000) });
}

/** What became of an intent, in a few words. */
async function outcome(kind: IntentKind, unitId: string | undefined, input: CommandInput, runtime: EngineRuntime): Promise<string> {
  try {
    const flags = unitId === undefined ? input.flags : { ...input.flags, service: [unitId] };
    const control = await runtime.control();
    const report = await control.submit(intentOf(kind, { ...input, flags }, runtime), input.signal);
    return report.ok ? "done" : (report.failures[0]?.message ?? "failed");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Redraws as things happen while a daemon runs; without one the timer alone shows changes. */
async function follow(runtime: EngineRuntime, signal: AbortSignal, draw: () => Promise<void>): Promise<void> {
  const connection = await runtime.daemon.connect();
  if (connection === undefined) return;
  const seq = (await connection.state())?.seq ?? 0;
  try {
    for await (const event of connection.events(seq, signal)) if (eventLine(event) !== undefined) await draw();
  } catch (error) {
    // The daemon has left, or was too quick: the timer alone goes on.
    if (!(error instanceof UserError)) throw error;
  }
  connection.close();
}
