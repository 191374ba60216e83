/** What has to be down while data are copied or exchanged stops, and starts again, by an intent like any other. */
import { errorText } from "../host/files.ts";
import type { RunReport } from "../model/control.ts";
import type { DataOrder } from "../model/data.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { Intent, IntentKind } from "../model/intent.ts";
import { isUp } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import { unitIdOf, type UnitId } from "../model/unit.ts";
import { forgetDown, noteDown } from "./down-note.ts";
import type { Engine } from "./engine.ts";
import type { Effects } from "./requirement-drafts.ts";
import { starterOf, layersOf } from "./starters.ts";

/** What an order needs of the control it goes through. */
export interface OrderWays {
  readonly reveal: (key: string) => string;
  /** Carries an intent out at once, inside the order's own turn. */
  readonly submit: (intent: Intent) => Promise<RunReport>;
  /** The same, also when whoever ordered it has gone away. */
  readonly makeGood: (intent: Intent) => Promise<RunReport>;
}

export interface OrderParts {
  readonly engine: Engine;
  readonly order: DataOrder;
  readonly ways: OrderWays;
  readonly effects: Effects;
}

export interface Done {
  readonly bytes: number;
  readonly restarted: boolean;
  readonly snapshot?: string;
  readonly failures: readonly Failure[];
}

/** The unit whose data are meant. */
export interface ServerOf {
  readonly project: string;
  readonly name: string;
}

/** New data beside old ones. */
export interface Swap {
  /** Puts the new ones in the place of the old ones, which wait. */
  exchange(): Promise<void>;
  putBack(): Promise<void>;
  /** The old ones are not needed any more. */
  letGo(): Promise<void>;
}

/** What became of a server whose data were copied or exchanged. */
export type Outcome = Pick<Done, "restarted" | "failures">;

/** Exchanges data while their server is down, and back when it does not start with them. */
export async function exchanged(parts: OrderParts, server: ServerOf, swap: Swap): Promise<Outcome> {
  const stop = await stopped(parts, server);
  if (stop.failures.length > 0) return { restarted: false, failures: stop.failures };
  await swap.exchange();
  const failures = await stop.startAgain();
  if (failures.length > 0) {
    await swap.putBack();
    const again = await stop.startAgain();
    settleNote(parts, again);
    return { restarted: true, failures: [...failures, ...again] };
  }
  settleNote(parts, []);
  await swap.letGo();
  return { restarted: stop.wasUp, failures: [] };
}

/** Does work while a server is down; whatever becomes of the work, the server starts again if it ran. */
export async function whileStopped(parts: OrderParts, server: ServerOf, work: () => Promise<void>): Promise<Outcome> {
  const stop = await stopped(parts, server);
  if (stop.failures.length > 0) throw new UserError(stop.failures);
  let failures: readonly Failure[] = [];
  await work().finally(async () => {
    failures = await stop.startAgain();
    settleNote(parts, failures);
  });
  return { restarted: stop.wasUp, failures };
}

interface Stopped {
  readonly wasUp: boolean;
  /** Why it is not down. */
  readonly failures: readonly Failure[];
  /** Does nothing for one that did not run; says why it does not run again. */
  startAgain(): Promise<readonly Failure[]>;
}

async function stopped(parts: OrderParts, server: ServerOf): Promise<Stopped> {
  const { engine } = parts;
  const unit = unitOf(engine, server);
  const start = intentFor(parts, server, "start");
  if (unit === undefined || !unit.isWanted || !isUp(unit.life)) return { wasUp: false, failures: [], startAgain: async () => [] };
  noteDown(engine, start);
  const report = await parts.ways.submit(intentFor(parts, server, "stop"));
  const still = unitOf(engine, server);
  const failures = !report.ok ? report.failures : still !== undefined && isUp(still.life) ? [inUse(unit.spec.id, report)] : [];
  if (failures.length > 0) forgetDown(engine);
  return { wasUp: true, failures, startAgain: () => startAgain(parts, start) };
}

/** A daemon that leaves starts nothing any more: then it is for the next one. */
function settleNote({ engine }: OrderParts, failures: readonly Failure[]): void {
  if (failures.every(({ reason }) => reason !== "cancelled")) forgetDown(engine);
}

function unitOf({ store }: Engine, { project, name }: ServerOf): UnitState | undefined {
  return store.state()?.units[unitIdOf(project, name)];
}

function inUse(unitId: UnitId, { units }: RunReport): Failure {
  const because = units.find((one) => one.unitId === unitId)?.because ?? "it is in use";
  return { reason: "conflict", message: `${unitId} was not stopped: ${because}`, hint: "stop what uses it, and try again" };
}

async function startAgain({ ways }: OrderParts, intent: Intent): Promise<readonly Failure[]> {
  try {
    const { ok, failures } = await ways.makeGood(intent);
    return ok ? [] : failures;
  } catch (error) {
    if (error instanceof UserError) return error.failures;
    return [{ reason: "internal", message: `${intent.selection.projects.join()}/${intent.selection.services.join()} could not be started again: ${errorText(error)}` }];
  }
}

/** As whoever started it would ask again. */
function intentFor({ engine, order }: OrderParts, server: ServerOf, kind: IntentKind): Intent {
  const unit = unitOf(engine, server);
  const starter = unit === undefined ? undefined : starterOf(engine, unit);
  return {
    kind,
    selection: { projects: [server.project], services: [server.name] },
    caller: { directory: order.caller.directory, environment: starter?.environment ?? order.caller.environment },
    ...layersOf(starter?.asked ?? order),
  };
}
