/**
 * Tells the commands configured under `on:` of the transitions of units. They run beside the engine, which never waits for
 * them: those of one unit in the order of its events, of several units at once.
 */
import { appendFileSync } from "node:fs";
import { errorText } from "../host/files.ts";
import { runLogged, type LoggedResult } from "../host/run-logged.ts";
import { inheritedEnvironment } from "../model/environment.ts";
import type { Event } from "../model/events.ts";
import type { UnitState } from "../model/run-state.ts";
import { hookNameOf, type HookCommand, type HookName } from "../model/supervision.ts";
import { exitText } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { createHookQueue, type HookQueue } from "./hook-queue.ts";

export interface Hooks {
  /** Commands that run or wait. */
  count(): number;
  /** Gives what runs a moment, then kills it. */
  close(): Promise<void>;
}

const deadlineMs = 30_000;
const killAfterMs = 500;

interface Told {
  readonly name: HookName;
  readonly event: Event;
  readonly unit: UnitState;
}

/** Listens to the store from now on. Only transitions of units are told, so what a hook does here can start no other hook. */
export function runHooks(engine: Engine): Hooks {
  const warned = new Set<string>();
  // Never from within the notification: whoever is told next would see the warning before the event.
  const warn = (code: string, message: string, unitId?: string): void => engine.store.dispatch({ type: "warning", code, message, ...(unitId === undefined ? {} : { unitId }) });
  const queue = createHookQueue(engine, (dropped) => warn("hooks_dropped", `hooks are slower than what happens: ${dropped} were left out, the oldest first`));
  const unsubscribe = engine.store.subscribe((event) => {
    const told = toldOf(engine, event);
    if (told !== undefined) queue.add(told.unit.spec.id, (signal) => tell(engine, told, { signal, warn, warned }));
  });
  return { count: queue.count, close: closing(unsubscribe, queue) };
}

function closing(unsubscribe: () => void, queue: HookQueue): () => Promise<void> {
  return async () => {
    unsubscribe();
    await queue.close();
  };
}

function toldOf(engine: Engine, event: Event): Told | undefined {
  const name = hookNameOf(event.type);
  if (name === undefined || !("unitId" in event) || event.unitId === undefined) return undefined;
  const unit = engine.store.state()?.units[event.unitId];
  return unit?.spec.hooks?.[name] === undefined ? undefined : { name, event, unit };
}

interface Telling {
  readonly signal: AbortSignal;
  readonly warn: (code: string, message: string, unitId?: string) => void;
  /** Runs whose untrusted hooks were told of. */
  readonly warned: Set<string>;
}

async function tell(engine: Engine, told: Told, { signal, warn, warned }: Telling): Promise<void> {
  const { name, event, unit } = told;
  for (const command of unit.spec.hooks?.[name] ?? []) {
    const hook: HookCommand = { on: name, command };
    if (!engine.trust.isTrusted(hook)) {
      if (isFirst(engine, event.runId, warned)) warn("hooks_untrusted", "hooks are configured, but not trusted, so they do not run: `envctl trust` shows and allows them");
      continue;
    }
    const trouble = await troubleOf(engine, hook, told, signal);
    if (trouble !== undefined && !signal.aborted) warn("hook_failed", `the hook of ${unit.spec.id} for "${name}" ${trouble}: ${command.join(" ")}; its output is in ${logPathOf(engine, event.runId)}`, unit.spec.id);
  }
}

/** Once a run, also when daemons change. */
function isFirst(engine: Engine, runId: string, warned: Set<string>): boolean {
  const wasWarned = warned.has(runId) || engine.store.state()?.warnings.some(({ code }) => code === "hooks_untrusted") === true;
  warned.add(runId);
  return !wasWarned;
}

/** What went wrong, as the end of a sentence. */
async function troubleOf(engine: Engine, { on, command }: HookCommand, told: Told, signal: AbortSignal): Promise<string | undefined> {
  const { event, unit } = told;
  const logPath = logPathOf(engine, event.runId);
  try {
    appendFileSync(logPath, `--- ${event.at} ${unit.spec.id} ${on}: ${command.join(" ")}\n`, { mode: 0o600 });
    const directory = engine.store.state()?.projects[unit.spec.project]?.root ?? engine.checkout.repository;
    const input = `${JSON.stringify(event)}\n`;
    return resultText(await runLogged({ command, directory, environment: hookEnvironment(engine, told), logPath, input, timeoutMs: deadlineMs, killAfterMs, signal }));
  } catch (error) {
    return `could not run (${errorText(error)})`;
  }
}

function resultText(result: LoggedResult): string | undefined {
  if ("exit" in result) return result.exit.kind === "code" && result.exit.code === 0 ? undefined : `ended with ${exitText(result.exit)}`;
  return result.trouble === "timeout" ? `took longer than ${deadlineMs / 1000} s and was ended` : `could not run (${result.trouble})`;
}

/** `<run>/logs/hooks.log`, beside those of the units. */
function logPathOf(engine: Engine, runId: string): string {
  return engine.repository.logPath(runId, "hooks");
}

/** What the unit was started with, without its mark: a hook is none of its processes. */
function hookEnvironment(engine: Engine, { name, event, unit }: Told): Readonly<Record<string, string>> {
  const kept = unit.environmentId === undefined ? undefined : engine.environments.recall(event.runId, unit.environmentId);
  return { ...inheritedEnvironment(kept ?? engine.host.environment), ENVCTL_EVENT: name, ENVCTL_UNIT: unit.spec.id, ENVCTL_PROJECT: unit.spec.project, ENVCTL_RUN_ID: event.runId };
}
