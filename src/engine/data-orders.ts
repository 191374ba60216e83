/**
 * Snapshot, restore, clone, reset and drop. They take their turn among the intents, so nobody starts or stops a unit meanwhile; what
 * has to stop for them stops, and starts again, by an intent like any other.
 */
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorText, readJson } from "../host/files.ts";
import type { RunReport } from "../model/control.ts";
import { isSnapshotName, type DataAction, type DataOrder, type DataReport } from "../model/data.ts";
import { exitCodes, UserError, type Failure } from "../model/failure.ts";
import type { Intent, IntentKind } from "../model/intent.ts";
import { isUp } from "../model/lifecycle.ts";
import { unitIdOf } from "../model/unit.ts";
import { makeOwnDirectory, makeParents } from "../requirements/engines/account.ts";
import { namesIn } from "../requirements/engines/embedded.ts";
import { treeBytes } from "../host/space.ts";
import { replacedOf, snapshotData, snapshotNote, type SnapshotNote } from "../state/data-directories.ts";
import { copyData, copyStill, findSnapshot, keepReplaced, keptOf, makeSnapshot, putBack, replaceData, settleReplaced, timedName, type DataOf, type KeptRequirement } from "./data-copy.ts";
import { dropDatabase } from "./data-drop.ts";
import type { Engine } from "./engine.ts";
import { boundRequirement } from "./planning.ts";
import type { Effects } from "./requirement-drafts.ts";
import { progressEvent } from "./progress.ts";
import { starterOf, layersOf } from "./starters.ts";

/** What an order needs of the control it goes through. */
export interface OrderWays {
  readonly reveal: (key: string) => string;
  /** Carries an intent out at once, inside the order's own turn. */
  readonly submit: (intent: Intent) => Promise<RunReport>;
}

interface Done {
  readonly bytes: number;
  readonly restarted: boolean;
  readonly snapshot?: string;
  readonly failures: readonly Failure[];
}

/** Throws a UserError when nothing was done; a report with failures when the old data had to be put back. */
export async function carryOutData(engine: Engine, order: DataOrder, signal: AbortSignal, ways: OrderWays): Promise<DataReport> {
  const begun = engine.host.clock.monotonic();
  const effects: Effects = { reveal: ways.reveal, signal, keep: engine.keepSecret, progress: (text, done, total) => engine.store.announce(progressEvent(unitIdOf(order.project, order.requirement), text, done, total)) };
  const done = order.action === "drop" ? await dropped(engine, order, effects) : await carriedOut({ engine, order, ways, effects }, order.action);
  const ok = done.failures.length === 0;
  const { action, project, requirement } = order;
  return { ok, exit: ok ? exitCodes.ok : exitCodes.failure, action, project, requirement, ...done, durationMs: Math.round(engine.host.clock.monotonic() - begun) };
}

interface OrderParts {
  readonly engine: Engine;
  readonly order: DataOrder;
  readonly ways: OrderWays;
  readonly effects: Effects;
}

async function dropped(engine: Engine, order: DataOrder, effects: Effects): Promise<Done> {
  await dropDatabase(engine, order, effects);
  return { bytes: 0, restarted: false, failures: [] };
}

async function carriedOut(parts: OrderParts, action: Exclude<DataAction, "drop">): Promise<Done> {
  const { engine, order, effects } = parts;
  const data = await dataOf(parts, order.project);
  switch (action) {
    case "snapshot": {
      const name = snapshotName(order);
      return { bytes: await makeSnapshot(engine, data, name, effects), restarted: false, snapshot: name, failures: [] };
    }
    case "restore": {
      const name = snapshotName(order);
      const from = findSnapshot([data.requirement.dataDirectory], name);
      assertSameMajor((readJson(join(from, snapshotNote)) as SnapshotNote | undefined)?.version, data);
      return { ...(await replaced(parts, data, (to) => copyStill(engine, join(from, snapshotData), to, effects))), snapshot: name };
    }
    case "clone": {
      const target = await dataOf(parts, order.to ?? "");
      if (order.to === order.project) throw new UserError({ reason: "usage_invalid", message: `${order.project} cannot be cloned to itself`, hint: "name two projects: `envctl db clone Main feature-a`" });
      assertSameMajor(data.requirement.version, target);
      return replaced(parts, target, (to) => copyData(engine, data, effects, to));
    }
    case "reset": {
      const name = timedName(engine, "before-reset");
      const hadData = namesIn(data.requirement.dataDirectory).length > 0;
      return { ...(await replaced(parts, data, async () => undefined, name)), ...(hadData ? { snapshot: name } : {}) };
    }
  }
}

function snapshotName({ name = "" }: DataOrder): string {
  if (isSnapshotName(name)) return name;
  throw new UserError({ reason: "usage_invalid", message: `"${name}" cannot be the name of a snapshot`, hint: "up to 64 letters, digits, `_`, `-` or `.`, not beginning with a dot or dash, and not `main`, `none` or a .sql file" });
}

async function dataOf({ engine, order, effects }: Omit<OrderParts, "ways">, project: string): Promise<DataOf> {
  const found = await boundRequirement(engine, order, project, order.requirement);
  if (!found.isPresent) await found.fetch(effects.progress, effects.signal);
  const requirement = found.isPresent ? found : await boundRequirement(engine, order, project, order.requirement);
  if (requirement.server !== undefined) {
    throw new UserError({
      reason: "usage_invalid",
      message: `${project} has no ${requirement.name} of its own: it uses ${unitIdOf(requirement.server, requirement.name)} (requirements.${requirement.name}.isolation)`,
      hint: `name --project ${requirement.server} for the whole server, or set the isolation to isolated`,
    });
  }
  const data = keptOf(project, requirement);
  settleReplaced(engine, data.requirement);
  return data;
}

function assertSameMajor(version: string | undefined, { project, requirement }: DataOf): void {
  const major = (text: string): string => text.split(".")[0] ?? "";
  if (version === undefined || major(version) === major(requirement.version)) return;
  const message = `the data are of ${requirement.adapter} ${major(version)}, but ${project} has version ${major(requirement.version)}`;
  throw new UserError({ reason: "data_incompatible", message, hint: `set requirements.${requirement.name}.version to ${major(version)}; nothing was touched` });
}

/** Fills new data beside the old ones, exchanges them while the server is down, and exchanges them back when it does not start. */
async function replaced(parts: OrderParts, data: DataOf, fill: (to: string) => Promise<void>, keepAs?: string): Promise<Done> {
  const { engine, effects } = parts;
  const { requirement } = data;
  const { dataDirectory } = requirement;
  const fresh = join(dirname(dataDirectory), `.fresh-${requirement.name}`);
  rmSync(fresh, { recursive: true, force: true });
  makeParents(fresh, engine.host);
  makeOwnDirectory(fresh, engine.host.machine.serverAccount);
  try {
    await fill(fresh);
    effects.signal.throwIfAborted();
    const bytes = treeBytes(fresh);
    engine.replacing.add(dataDirectory);
    return { bytes, ...(await exchanged(parts, data, fresh, keepAs)) };
  } finally {
    engine.replacing.delete(dataDirectory);
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function exchanged(parts: OrderParts, data: DataOf, fresh: string, keepAs: string | undefined): Promise<Pick<Done, "restarted" | "failures">> {
  const { engine } = parts;
  const { requirement } = data;
  const unit = engine.store.state()?.units[unitIdOf(data.project, requirement.name)];
  const start = intentFor(parts, data, "start");
  const wasUp = unit !== undefined && unit.isWanted && isUp(unit.life);
  if (wasUp) {
    const stopped = await parts.ways.submit(intentFor(parts, data, "stop"));
    const still = engine.store.state()?.units[unit.spec.id];
    if (!stopped.ok) return { restarted: false, failures: stopped.failures };
    if (still !== undefined && isUp(still.life)) return { restarted: false, failures: [inUse(unit.spec.id, stopped)] };
  }
  replaceData(engine, requirement, fresh);
  const failures = wasUp ? await startAgain(parts, start) : [];
  if (failures.length > 0) {
    putBack(requirement);
    return { restarted: true, failures: [...failures, ...(await startAgain(parts, start))] };
  }
  letGo(engine, requirement, keepAs);
  return { restarted: wasUp, failures: [] };
}

/** The old data become a snapshot or go. */
function letGo(engine: Engine, requirement: KeptRequirement, keepAs: string | undefined): void {
  const old = replacedOf(requirement.dataDirectory);
  if (namesIn(old).length > 0 && keepAs !== undefined) keepReplaced(engine, requirement, keepAs);
  else rmSync(old, { recursive: true, force: true });
}

function inUse(unitId: string, { units }: RunReport): Failure {
  const because = units.find((one) => one.unitId === unitId)?.because ?? "it is in use";
  return { reason: "conflict", message: `${unitId} was not stopped: ${because}`, hint: "stop what uses it, and try again" };
}

async function startAgain({ ways }: OrderParts, intent: Intent): Promise<readonly Failure[]> {
  try {
    const { ok, failures } = await ways.submit(intent);
    return ok ? [] : failures;
  } catch (error) {
    if (error instanceof UserError) return error.failures;
    return [{ reason: "internal", message: `${intent.selection.projects.join()}/${intent.selection.services.join()} could not be started again: ${errorText(error)}` }];
  }
}

/** As whoever started it would ask again. */
function intentFor({ engine, order }: OrderParts, { project, requirement }: DataOf, kind: IntentKind): Intent {
  const unit = engine.store.state()?.units[unitIdOf(project, requirement.name)];
  const starter = unit === undefined ? undefined : starterOf(engine, unit);
  return {
    kind,
    selection: { projects: [project], services: [requirement.name] },
    caller: { directory: order.caller.directory, environment: starter?.environment ?? order.caller.environment },
    ...layersOf(starter?.asked ?? order),
  };
}
