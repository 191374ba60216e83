/** Tells a person on the desktop that a unit crashed or failed, where the configuration asks for it (`notify: true`). */
import { errorText } from "../host/files.ts";
import { runProgram } from "../host/run-program.ts";
import { inheritedEnvironment } from "../model/environment.ts";
import type { Event } from "../model/events.ts";
import type { Engine } from "./engine.ts";
import { configRequests } from "./starters.ts";

export interface Notifications {
  close(): void;
}

const deadlineMs = 10_000;
/** A unit that crashes again and again is told of once in this time. */
const quietMs = 30_000;

/** Listens to the store from now on; the engine never waits for it. */
export function showNotifications(engine: Engine): Notifications {
  const toldAt = new Map<string, number>();
  const abort = new AbortController();
  const tell = async (event: Extract<Event, { type: "unit_crashed" | "unit_failed" }>): Promise<void> => {
    if (!(await isAsked(engine, event.unitId))) return;
    const now = engine.host.clock.monotonic();
    if (now - (toldAt.get(event.unitId) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
    toldAt.set(event.unitId, now);
    const argv = notificationCommand(engine.host.machine.platform, event.unitId, event.failure.message);
    const { code, trouble, stderr } = await runProgram(argv, { environment: environmentOf(engine, event), timeoutMs: deadlineMs, signal: abort.signal });
    if (code === 0 || abort.signal.aborted) return;
    engine.store.dispatch({ type: "warning", code: "notification_failed", message: `no notification could be shown: ${trouble ?? (stderr || `${argv[0]} ended with exit code ${code}`)}`, unitId: event.unitId });
  };
  const unsubscribe = engine.store.subscribe((event) => {
    if (event.type === "unit_crashed" || event.type === "unit_failed") void tell(event).catch((error: unknown) => engine.store.dispatch({ type: "warning", code: "notification_failed", message: errorText(error), unitId: event.unitId }));
  });
  return {
    close: () => {
      unsubscribe();
      abort.abort();
    },
  };
}

/** A program of the system, and what to tell it. */
export function notificationCommand(platform: NodeJS.Platform, title: string, text: string): readonly string[] {
  // JSON's quotes and escapes are AppleScript's.
  return platform === "darwin" ? ["osascript", "-e", `display notification ${JSON.stringify(text)} with title ${JSON.stringify(title)}`] : ["notify-send", "--app-name=envctl", "--urgency=critical", "--", title, text];
}

/** As the project's configuration is now; one that cannot be read asks for nothing. */
async function isAsked(engine: Engine, unitId: string): Promise<boolean> {
  const project = engine.store.state()?.units[unitId]?.spec.project;
  const request = configRequests(engine, engine.discoverProjects().filter(({ name }) => name === project))[0];
  if (request === undefined) return false;
  return engine.resolveConfig(request).then(({ config }) => config.notify === true, () => false);
}

/** That of whoever started the unit: it names the desktop's session. */
function environmentOf(engine: Engine, event: Event): Readonly<Record<string, string>> {
  const unit = "unitId" in event && event.unitId !== undefined ? engine.store.state()?.units[event.unitId] : undefined;
  const kept = unit?.environmentId === undefined ? undefined : engine.environments.recall(event.runId, unit.environmentId);
  return inheritedEnvironment(kept ?? engine.host.environment);
}
