/**
 * Units inside the daemon: code that runs in a thread of its process or in its loop. They have no process, so they are
 * asked, and perhaps ended, through what started them; they go when the daemon goes.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { UserError } from "../../model/failure.ts";
import { isSameHandle, type Exit, type Handle, type ResidentHandle, type UnitId, type UnitSpec } from "../../model/unit.ts";
import type { EngineParts } from "../engine.ts";
import { endingOf } from "../holdouts.ts";
import { killMarked } from "../stop-processes.ts";
import type { Tracked } from "../supervise.ts";
import type { Executor, StartOrder, StopResult, StopTarget } from "./executor.ts";

/** One start of such a unit. */
export interface Resident {
  readonly handle: ResidentHandle;
  /** The unit has ended, well or not. */
  readonly ended: Promise<Exit>;
  /** Nothing of its code runs any more: with `ended`, or later. */
  readonly gone: Promise<Exit>;
  /** Asks it to end. */
  ask(): void;
  /** Ends it by force; absent where there is none. */
  readonly terminate?: () => void;
}

/** The units inside this daemon. */
export interface Residents {
  /** Throws a UserError while an earlier start of the unit lives. */
  assertVacant(spec: UnitSpec): void;
  admit(unitId: UnitId, resident: Resident): Tracked;
  find(handle: Handle): Resident | undefined;
  unitIds(inside: ResidentHandle["inside"]): readonly UnitId[];
  /** The daemon leaves: everything is asked, and ended after a short while. Nobody is told that they ended. */
  close(): Promise<void>;
}

/** How long a thread may take to disappear. */
const terminateWaitMs = 2000;
/** How long units may take to end when the daemon leaves. */
const leaveMs = 1000;

export function createResidents(parts: Pick<EngineParts, "host">): Residents {
  const living = new Map<UnitId, Resident>();
  let isClosed = false;
  const told = (ended: Promise<Exit>): Promise<Exit> => new Promise((resolve) => void ended.then((exit) => (isClosed ? undefined : resolve(exit))));
  return {
    assertVacant: ({ id, name }) => {
      if (isClosed) throw new UserError({ reason: "cancelled", message: `${id} is not started: the daemon leaves` });
      if (living.has(id)) throw new UserError({ reason: "stop_failed", message: `${id} is not started: its code of before has not ended yet`, hint: stuckHint(name) });
    },
    admit: (unitId, resident) => {
      living.set(unitId, resident);
      void resident.gone.then(() => living.delete(unitId));
      return { unitId, handle: resident.handle, ended: told(resident.ended) };
    },
    find: (handle) => [...living.values()].find((resident) => isSameHandle(resident.handle, handle)),
    unitIds: (inside) => [...living].filter(([, { handle }]) => handle.inside === inside).map(([unitId]) => unitId),
    close: async () => {
      isClosed = true;
      const left = [...living.values()];
      for (const resident of left) resident.ask();
      await within(parts, leaveMs, Promise.all(left.map(({ gone }) => gone)));
      for (const resident of living.values()) resident.terminate?.();
    },
  };
}

/** The daemon leaves, and what runs inside it goes first, with the processes it started. */
export async function closeResidents(engine: EngineParts): Promise<void> {
  const unitIds = [...engine.residents.unitIds("thread"), ...engine.residents.unitIds("async")];
  await engine.residents.close();
  for (const unitId of unitIds) await killMarked(engine, unitId);
}

/** An executor of such units; `begin` starts one. */
export function residentExecutor(engine: EngineParts, begin: (order: StartOrder) => Resident): Executor {
  return {
    start: async (order) => {
      engine.residents.assertVacant(order.spec);
      const resident = begin(order);
      return engine.supervisor.follow(engine.residents.admit(order.spec.id, resident), resident.gone);
    },
    stop: (target) => endResident(engine, target, target.spec.stop.graceMs),
    // Where there is no force, asking is all that can be done.
    kill: (target) => endResident(engine, target, engine.residents.find(target.handle)?.terminate === undefined ? target.spec.stop.graceMs : 0),
  };
}

async function endResident(engine: EngineParts, target: StopTarget, graceMs: number): Promise<StopResult> {
  const { spec, handle, tracked } = target;
  const resident = engine.residents.find(handle);
  if (resident === undefined) return withHelpers(engine, target, (await settled(tracked?.ended)) ?? { kind: "unknown" });
  resident.ask();
  let exit = await within(engine, graceMs, resident.gone);
  if (exit === undefined && resident.terminate !== undefined) {
    resident.terminate();
    exit = await within(engine, terminateWaitMs, resident.gone);
  }
  if (exit !== undefined) return withHelpers(engine, target, exit);
  const { killed } = await killMarked(engine, spec.id);
  const message = `${spec.id} was asked to end ${graceMs / 1000} s ago and runs on inside the daemon`;
  return { exit: { kind: "unknown" }, killed, stuck: { failure: { reason: "stop_failed", message, hint: stuckHint(spec.name) }, handle, gone: resident.gone } };
}

/** Its code is gone; the processes it has started go too. */
async function withHelpers(engine: EngineParts, { spec }: StopTarget, exit: Exit): Promise<StopResult> {
  return endingOf(engine, { spec }, exit, await killMarked(engine, spec.id));
}

function stuckHint(name: string): string {
  return `end the daemon to be rid of it (\`envctl daemon stop\`, other units go on); its module must close what it opened and return when \`signal\` aborts, or run with services.${name}.executor thread, which can be ended by force`;
}

/** The value, or undefined when it takes longer. */
export async function within<T>({ host }: Pick<EngineParts, "host">, ms: number, value: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([value, host.clock.sleep(ms, timer.signal).then(() => undefined, () => undefined)]);
  } finally {
    timer.abort();
  }
}

async function settled<T>(value: Promise<T> | undefined): Promise<T | undefined> {
  return Promise.race([value, Promise.resolve(undefined)]);
}

/** The end of a unit's log. */
export interface LogEnd {
  write(text: string | Uint8Array): void;
  close(): void;
}

/** Written at once and in order, so that a crash is never recorded before its last words are there. */
export function openLog(path: string): LogEnd {
  const file = openSync(path, "a", 0o600);
  let isOpen = true;
  return {
    write: (text) => {
      try {
        if (isOpen) writeSync(file, Buffer.from(text));
      } catch {
        // A full disk: the line is lost, the unit is not.
      }
    },
    close: () => {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}
