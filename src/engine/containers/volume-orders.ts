/**
 * Snapshot, restore, clone and reset of data in a volume. Nothing is copied while its server writes. New data are made in a
 * volume of their own, and count from the moment the note beside the project's data names it; until the server has started
 * with them the old volume stays.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isoTime } from "../../host/clock.ts";
import type { ContainerEngine } from "../../host/container-engine.ts";
import { ownerLabels } from "../../host/docker-spec.ts";
import { errorText, makeDirectory, readJson } from "../../host/files.ts";
import type { DataAction } from "../../model/data.ts";
import { UserError } from "../../model/failure.ts";
import { unitIdOf } from "../../model/unit.ts";
import { makeParents, writeOwnFile } from "../../requirements/engines/account.ts";
import { buildDirectory } from "../../requirements/engines/embedded.ts";
import { dataVolume } from "../../requirements/engines/container.ts";
import { snapshotNote, snapshotsIn, snapshotsOf, useVolume, volumeNoteOf, type SnapshotNote } from "../../state/data-directories.ts";
import { timedName } from "../data-copy.ts";
import { exchanged, whileStopped, type Done, type OrderParts, type ServerOf } from "../data-exchange.ts";
import { assertSameMajor, cloneTarget, snapshotName, type Target } from "../data-targets.ts";
import type { VolumeData } from "../requirement-drafts.ts";
import { ownerOf, volumeName } from "./container-spec.ts";
import { copyVolume, hasVolume } from "./volume-copy.ts";

/** The data of a target, and the engine they are in. */
interface Home extends Target {
  readonly data: VolumeData;
  readonly docker: ContainerEngine;
}

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
  const { name, inVolume: data } = target.requirement;
  const unitId = unitIdOf(target.project, name);
  if (data === undefined) throw new UserError({ reason: "usage_invalid", message: `the data of ${unitId} are not in a volume, as the others are`, hint: `set requirements.${name}.engine to the same in both projects` });
  if (typeof data.copies === "object") throw new UserError({ reason: "usage_invalid", message: `the data of ${unitId} cannot be copied: it ${data.copies.because}`, hint: "use the tools of that server, or set the engine to embedded" });
  const docker = await engine.containers.engineFor({ environment: order.caller.environment, ...(data.named === undefined ? {} : { named: data.named }) });
  return { ...target, data, docker };
}

async function snapshot(parts: OrderParts, home: Home, name: string): Promise<Done> {
  const { data, requirement, project } = home;
  const target = join(snapshotsOf(data.directory), name);
  if (existsSync(target)) throw new UserError({ reason: "conflict", message: `there is a snapshot "${name}" of ${unitIdOf(project, requirement.name)} already`, hint: "choose another name" });
  await assertData(parts, home);
  const volume = freshVolume(home);
  let bytes = 0;
  const outcome = await whileStopped(parts, serverOf(home), async () => {
    bytes = await copied(parts, home, nowIn(parts, home), volume);
    await noteSnapshot(parts, home, name, volume, bytes);
  });
  return { bytes, ...outcome, snapshot: name };
}

async function restore(parts: OrderParts, home: Home, name: string): Promise<Done> {
  const note = await foundSnapshot(parts, home, name);
  assertSameMajor(note.version, home);
  return { ...(await replaced(parts, home, (to) => copied(parts, home, nameIn(parts, home, note.volume), to))), snapshot: name };
}

async function clone(parts: OrderParts, home: Home): Promise<Done> {
  if (home.data.copies !== "any project") {
    const message = `the data of ${unitIdOf(home.project, home.requirement.name)} are of use to ${home.project} only: they hold its password`;
    throw new UserError({ reason: "usage_invalid", message, hint: "use pg_dump and psql with the addresses of `envctl db url`, or set the engine to embedded" });
  }
  const target = await homeOf(parts, await cloneTarget(parts));
  assertSameMajor(home.requirement.version, target);
  await assertData(parts, home);
  return replaced(parts, target, async (to) => {
    let bytes = 0;
    const { failures } = await whileStopped(parts, serverOf(home), async () => void (bytes = await copied(parts, target, nowIn(parts, home), to)));
    if (failures.length > 0) throw new UserError(failures);
    return bytes;
  });
}

/** The volume of new data is made, empty, by the next start. */
async function reset(parts: OrderParts, home: Home): Promise<Done> {
  const old = nowIn(parts, home);
  if (!(await hasVolume(home.docker, parts.engine.containers.scope(), old))) return { bytes: 0, restarted: false, failures: [] };
  const name = timedName(parts.engine, "before-reset");
  const keep = async (): Promise<void> => {
    const sizes = await home.docker.volumes.sizes(ownerLabels(ownerOf(parts.engine.containers.scope(), serverOf(home))));
    await noteSnapshot(parts, home, name, home.data.volume, sizes[old] ?? 0);
  };
  return { ...(await replaced(parts, home, async () => 0, keep)), snapshot: name };
}

/** `fill` makes the volume of this name in the engine, or leaves it to the next start; returns its bytes. */
async function replaced(parts: OrderParts, home: Home, fill: (to: string) => Promise<number>, keep?: () => Promise<void>): Promise<Done> {
  const { data } = home;
  const fresh = freshVolume(home);
  makeParents(volumeNoteOf(data.directory), parts.engine.host);
  makeDirectory(dirname(volumeNoteOf(data.directory)), parts.engine.host.machine.serverAccount !== undefined);
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
      letGo: async () => (keep === undefined ? removed(parts, home, nowIn(parts, home)) : keep()),
    });
    return { bytes, ...outcome };
  } finally {
    if (!isExchanged) await removed(parts, home, nameIn(parts, home, fresh));
  }
}

/** One that stays is in nobody's way, and goes with the volumes of its project. */
async function removed({ engine }: OrderParts, { docker, project, requirement }: Home, volume: string): Promise<void> {
  await docker.volumes.remove(volume).catch((error: unknown) => engine.store.dispatch({ type: "warning", code: "volume_left", unitId: unitIdOf(project, requirement.name), message: `a volume that nobody needs is left: ${errorText(error)}` }));
}

function copied({ engine, effects }: OrderParts, { docker, project, requirement, data }: Home, from: string, to: string): Promise<number> {
  const scope = engine.containers.scope();
  return copyVolume({ docker, scope, project, unit: requirement.name, image: data.image, from, to: volumeName(scope, project, to), signal: effects.signal, progress: effects.progress });
}

async function assertData(parts: OrderParts, home: Home): Promise<void> {
  const volume = nowIn(parts, home);
  if (await hasVolume(home.docker, parts.engine.containers.scope(), volume)) return;
  throw new UserError({ reason: "not_running", message: `${unitIdOf(home.project, home.requirement.name)} has no data yet: there is no volume ${volume}`, hint: `start it once with \`envctl start --project ${home.project}\`` });
}

type VolumeSnapshot = SnapshotNote & { readonly volume: string };

async function foundSnapshot(parts: OrderParts, home: Home, name: string): Promise<VolumeSnapshot> {
  const { directory } = home.data;
  const note = readJson(join(snapshotsOf(directory), name, snapshotNote)) as SnapshotNote | undefined;
  const volume = note?.volume;
  if (note === undefined || volume === undefined) {
    const names = snapshotsIn(directory).map((one) => one.name);
    const hint = note !== undefined ? `it is of the embedded engine: set requirements.${home.requirement.name}.engine to embedded` : names.length === 0 ? "there are none; `envctl db snapshot NAME` makes one" : `there are: ${names.join(", ")}`;
    throw new UserError({ reason: "unknown_target", message: `no snapshot in a volume is named "${name}"`, hint });
  }
  const inEngine = nameIn(parts, home, volume);
  if (await hasVolume(home.docker, parts.engine.containers.scope(), inEngine)) return { ...note, volume };
  throw new UserError({ reason: "unknown_target", message: `the snapshot "${name}" is gone: its engine has no volume ${inEngine}`, hint: `its note can go, too: ${join(snapshotsOf(directory), name)}` });
}

/** A snapshot is there when its note is. */
async function noteSnapshot({ engine }: OrderParts, { data, requirement: { adapter, version } }: Home, name: string, volume: string, bytes: number): Promise<void> {
  const note: SnapshotNote = { schemaVersion: 1, createdAt: isoTime(engine.host.clock), adapter, version, bytes, volume };
  const build = async (temporary: string): Promise<void> => writeOwnFile(join(temporary, snapshotNote), `${JSON.stringify(note)}\n`, undefined);
  await buildDirectory({ target: join(snapshotsOf(data.directory), name), host: engine.host, owner: "caller", build });
}

function serverOf({ project, requirement: { name } }: Home): ServerOf {
  return { project, name };
}

/** The project's name for a volume that is not there yet. */
function freshVolume({ requirement }: Home): string {
  return `${dataVolume(requirement)}-${randomBytes(4).toString("hex")}`;
}

function nowIn(parts: OrderParts, home: Home): string {
  return nameIn(parts, home, home.data.volume);
}

function nameIn({ engine }: OrderParts, { project }: Home, volume: string): string {
  return volumeName(engine.containers.scope(), project, volume);
}
