/**
 * Snapshot, restore, clone and reset of data in a volume. A server that cannot copy its data itself is stopped while they are copied.
 * New data are made in a volume of their own, and count from the moment the note beside the project's data names it; until the
 * server has started with them the old volume stays.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ownerLabels } from "../../host/docker-spec.ts";
import { errorText } from "../../host/files.ts";
import type { DataAction } from "../../model/data.ts";
import { UserError } from "../../model/failure.ts";
import { unitIdOf } from "../../model/unit.ts";
import { dataVolume } from "../../requirements/engines/container.ts";
import { snapshotsOf, useVolume } from "../../state/data-directories.ts";
import { timedName } from "../data-copy.ts";
import { exchanged, whileStopped, type Done, type OrderParts, type Outcome, type ServerOf } from "../data-exchange.ts";
import { assertSameMajor, cloneTarget, snapshotName, type Target } from "../data-targets.ts";
import { ownerOf } from "./container-spec.ts";
import { hasVolume } from "./volume-copy.ts";
import { assertSameEngine, copyable, copyNow, copyStill, foundSnapshot, nameIn, placeIn, type VolumeHome } from "./volume-fill.ts";
import { noteSnapshot, settleVolume, underNote } from "./volume-work.ts";

/** The data of a target, and the engine they are in. */
type Home = Target & VolumeHome;

/** Throws a UserError when nothing was done. */
export async function carriedOutInVolume(parts: OrderParts, target: Target, action: Exclude<DataAction, "drop">): Promise<Done> {
  const home = await homeOf(parts, target);
  switch (action) {
    case "snapshot":
      return snapshot(parts, home, snapshotName(parts.order));
    case "restore":
      return restore(parts, home, snapshotName(parts.order));
    case "clone":
      return clone(parts, home);
    case "reset":
      return reset(parts, home);
  }
}

async function homeOf({ engine, order }: OrderParts, target: Target): Promise<Home> {
  const { project, requirement } = target;
  const data = copyable(project, requirement);
  const docker = await engine.containers.engineFor({ environment: order.caller.environment, ...(data.named === undefined ? {} : { named: data.named }) });
  const home: Home = { ...target, data, docker };
  await settleVolume(engine, placeIn(home));
  return home;
}

async function snapshot(parts: OrderParts, home: Home, name: string): Promise<Done> {
  const { engine } = parts;
  const { data, requirement, project } = home;
  const target = join(snapshotsOf(data.directory), name);
  if (existsSync(target)) throw new UserError({ reason: "conflict", message: `there is a snapshot "${name}" of ${unitIdOf(project, requirement.name)} already`, hint: "choose another name" });
  await assertData(parts, home);
  const volume = freshVolume(home);
  return underNote(engine, placeIn(home), { ...kindOf(home), fresh: volume }, async () => {
    const { bytes, ...outcome } = await copiedNow(parts, home, home, volume);
    await noteSnapshot(engine, { directory: data.directory, ...kindOf(home) }, { name, volume, bytes });
    return { bytes, ...outcome, snapshot: name };
  });
}

async function restore(parts: OrderParts, home: Home, name: string): Promise<Done> {
  const { note } = await foundSnapshot(parts.engine, [home], name);
  assertSameMajor(note.version, home);
  return { ...(await replaced(parts, home, (to) => copyStill(parts, { source: home, volume: note.volume, target: home, to }))), snapshot: name };
}

async function clone(parts: OrderParts, home: Home): Promise<Done> {
  const target = await homeOf(parts, await cloneTarget(parts));
  assertSameMajor(home.requirement.version, target);
  assertSameEngine(home, target);
  await assertData(parts, home);
  return replaced(parts, target, async (to) => {
    const { bytes, failures } = await copiedNow(parts, home, target, to);
    if (failures.length > 0) throw new UserError(failures);
    return bytes;
  });
}

/** The data as they are now. Only a server that cannot copy them itself stops, and starts again. */
async function copiedNow(parts: OrderParts, source: Home, target: Home, to: string): Promise<Outcome & { readonly bytes: number }> {
  if (source.data.copies.whileRunning !== undefined) return { bytes: await copyNow(parts, { source, target, to }), restarted: false, failures: [] };
  let bytes = 0;
  const outcome = await whileStopped(parts, serverOf(source), async () => {
    bytes = await copyStill(parts, { source, volume: source.data.volume, target, to });
  });
  return { bytes, ...outcome };
}

/** The volume of new data is made, empty, by the next start. */
async function reset(parts: OrderParts, home: Home): Promise<Done> {
  const { engine } = parts;
  const old = nameIn(engine, home, home.data.volume);
  if (!(await hasVolume(home.docker, engine.containers.scope(), old))) return { bytes: 0, restarted: false, failures: [] };
  const name = timedName(engine, "before-reset");
  const keep = async (): Promise<void> => {
    const sizes = await home.docker.volumes.sizes(ownerLabels(ownerOf(engine.containers.scope(), serverOf(home))));
    await noteSnapshot(engine, { directory: home.data.directory, ...kindOf(home) }, { name, volume: home.data.volume, bytes: sizes[old] ?? 0 });
  };
  return { ...(await replaced(parts, home, async () => 0, keep)), snapshot: name };
}

/** `fill` makes the volume of this name in the engine, or leaves it to the next start; returns its bytes. */
async function replaced(parts: OrderParts, home: Home, fill: (to: string) => Promise<number>, keep?: () => Promise<void>): Promise<Done> {
  const { data } = home;
  const fresh = freshVolume(home);
  return underNote(parts.engine, placeIn(home), { ...kindOf(home), fresh, replaces: data.volume }, async () => {
    let isExchanged = false;
    try {
      const bytes = await fill(fresh);
      const outcome = await exchanged(parts, serverOf(home), {
        exchange: async () => {
          useVolume(data.directory, fresh);
          isExchanged = true;
        },
        putBack: async () => {
          useVolume(data.directory, data.volume);
          isExchanged = false;
        },
        letGo: async () => (keep === undefined ? removed(parts, home, data.volume) : keep()),
      });
      return { bytes, ...outcome };
    } finally {
      if (!isExchanged) await removed(parts, home, fresh);
    }
  });
}

/** One that stays is in nobody's way, and goes with the volumes of its project. */
async function removed({ engine }: OrderParts, home: Home, volume: string): Promise<void> {
  const { docker, project, requirement } = home;
  await docker.volumes.remove(nameIn(engine, home, volume)).catch((error: unknown) => engine.store.dispatch({ type: "warning", code: "volume_left", unitId: unitIdOf(project, requirement.name), message: `a volume that nobody needs is left: ${errorText(error)}` }));
}

async function assertData({ engine }: OrderParts, home: Home): Promise<void> {
  const volume = nameIn(engine, home, home.data.volume);
  if (await hasVolume(home.docker, engine.containers.scope(), volume)) return;
  throw new UserError({ reason: "not_running", message: `${unitIdOf(home.project, home.requirement.name)} has no data yet: there is no volume ${volume}`, hint: `start it once with \`envctl start --project ${home.project}\`` });
}

function serverOf({ project, requirement: { name } }: Home): ServerOf {
  return { project, name };
}

/** The project's name for a volume that is not there yet. */
function freshVolume({ requirement }: Home): string {
  return `${dataVolume(requirement)}-${randomBytes(4).toString("hex")}`;
}

function kindOf({ requirement: { adapter, version } }: Home): { readonly adapter: string; readonly version: string } {
  return { adapter, version };
}
