/**
 * Snapshot, restore, clone, reset and drop. They take their turn among the intents, so nobody starts or stops a unit meanwhile; what
 * has to stop for them stops, and starts again, by an intent like any other.
 */
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { readJson } from "../host/files.ts";
import type { DataAction, DataOrder, DataReport } from "../model/data.ts";
import { exitCodes } from "../model/failure.ts";
import { unitIdOf } from "../model/unit.ts";
import { makeOwnDirectory, makeParents } from "../requirements/engines/account.ts";
import { namesIn } from "../requirements/engines/embedded.ts";
import { treeBytes } from "../host/space.ts";
import { replacedOf, snapshotData, snapshotNote, type SnapshotNote } from "../state/data-directories.ts";
import { carriedOutInVolume } from "./containers/volume-orders.ts";
import { copyData, copyStill, findSnapshot, keepReplaced, keptOf, makeSnapshot, putBack, replaceData, settleReplaced, timedName, type DataOf, type KeptRequirement } from "./data-copy.ts";
import { dropDatabase } from "./data-drop.ts";
import { exchanged, type Done, type OrderParts, type OrderWays, type Swap } from "./data-exchange.ts";
import { assertSameMajor, cloneTarget, ownRequirement, snapshotName } from "./data-targets.ts";
import type { Engine } from "./engine.ts";
import { progressEvent } from "./progress.ts";
import type { BoundRequirement, Effects } from "./requirement-drafts.ts";

/** Throws a UserError when nothing was done; a report with failures when the old data had to be put back. */
export async function carryOutData(engine: Engine, order: DataOrder, signal: AbortSignal, ways: OrderWays): Promise<DataReport> {
  const begun = engine.host.clock.monotonic();
  const effects: Effects = { reveal: ways.reveal, signal, keep: engine.keepSecret, progress: (text, done, total) => engine.store.announce(progressEvent(unitIdOf(order.project, order.requirement), text, done, total)) };
  const parts = { engine, order, ways, effects };
  const done = order.action === "drop" ? await dropped(engine, order, effects) : await carriedOut(parts, order.action);
  const ok = done.failures.length === 0;
  const { action, project } = order;
  return { ok, exit: ok ? exitCodes.ok : exitCodes.failure, action, project, requirement: order.requirement, ...done, durationMs: Math.round(engine.host.clock.monotonic() - begun) };
}

async function dropped(engine: Engine, order: DataOrder, effects: Effects): Promise<Done> {
  await dropDatabase(engine, order, effects);
  return { bytes: 0, restarted: false, failures: [] };
}

async function carriedOut(parts: OrderParts, action: Exclude<DataAction, "drop">): Promise<Done> {
  const { engine, order, effects } = parts;
  const requirement = await ownRequirement(parts, order.project);
  if (requirement.inVolume !== undefined) return carriedOutInVolume(parts, { project: order.project, requirement }, action);
  const data = dataOf(parts, order.project, requirement);
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
      const to = await cloneTarget(parts);
      const target = dataOf(parts, to.project, to.requirement);
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

function dataOf({ engine }: Pick<OrderParts, "engine">, project: string, requirement: BoundRequirement): DataOf {
  const data = keptOf(project, requirement);
  settleReplaced(engine, data.requirement);
  return data;
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
    const swap: Swap = {
      exchange: async () => replaceData(engine, requirement, fresh),
      putBack: async () => putBack(requirement),
      letGo: async () => letGo(engine, requirement, keepAs),
    };
    return { bytes, ...(await exchanged(parts, { project: data.project, name: requirement.name }, swap)) };
  } finally {
    engine.replacing.delete(dataDirectory);
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** The old data become a snapshot or go. */
function letGo(engine: Engine, requirement: KeptRequirement, keepAs: string | undefined): void {
  const old = replacedOf(requirement.dataDirectory);
  if (namesIn(old).length > 0 && keepAs !== undefined) keepReplaced(engine, requirement, keepAs);
  else rmSync(old, { recursive: true, force: true });
}
