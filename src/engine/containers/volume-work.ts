/**
 * Volumes that are being made are noted beside the data of their project, so that a daemon that dies meanwhile leaves nothing that
 * nobody knows: the next one removes what is not whole, and what was replaced becomes a snapshot.
 */
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isoTime } from "../../host/clock.ts";
import { containerLabels, type ContainerEngine } from "../../host/container-engine.ts";
import { addressText } from "../../host/docker-address.ts";
import { errorText, makeDirectory, readJson, writeAtomic } from "../../host/files.ts";
import { unitIdOf } from "../../model/unit.ts";
import { makeParents, writeOwnFile } from "../../requirements/engines/account.ts";
import { buildDirectory } from "../../requirements/engines/embedded.ts";
import { begunVolumeWork, snapshotNote, snapshotsIn, snapshotsOf, volumeInUse, volumeWorkOf, type SnapshotNote, type VolumeWork } from "../../state/data-directories.ts";
import { timedName } from "../data-copy.ts";
import type { Engine } from "../engine.ts";
import { volumeName } from "./container-spec.ts";
import { copierPrefix, hasVolume } from "./volume-copy.ts";

/** A requirement's data, and the engine whose volumes they are in. */
export interface VolumePlace {
  readonly project: string;
  readonly requirement: string;
  /** Where its data would be if it were a process. */
  readonly directory: string;
  readonly docker: ContainerEngine;
}

/** Does what makes a volume, or puts it in the place of another one. */
export async function underNote<T>(engine: Engine, { directory, docker }: VolumePlace, work: Omit<VolumeWork, "schemaVersion" | "engine">, make: () => Promise<T>): Promise<T> {
  const note: VolumeWork = { schemaVersion: 1, engine: addressText(docker.found.address), ...work };
  const path = volumeWorkOf(directory);
  makeParents(path, engine.host);
  makeDirectory(dirname(path), engine.host.machine.serverAccount !== undefined);
  writeAtomic(path, `${JSON.stringify(note)}\n`);
  try {
    return await make();
  } finally {
    rmSync(path, { force: true });
  }
}

/** What an earlier daemon had begun in this place; nothing, as a rule. */
export async function settleVolume(engine: Engine, place: VolumePlace): Promise<void> {
  const work = readJson(volumeWorkOf(place.directory)) as VolumeWork | undefined;
  if (work !== undefined) await settled(engine, place, work);
}

/** For a new daemon. An engine that does not answer is asked again when the data are needed. */
export async function settleVolumes(engine: Engine): Promise<void> {
  const projects = engine.discoverProjects().map(({ name }) => name);
  for (const { work, ...place } of begunVolumeWork(engine.scope.data, projects)) {
    try {
      const docker = await engine.containers.engineOf({ inside: "container", engine: work.engine, containerId: "", startedAt: "", imageId: "" });
      await settled(engine, { ...place, docker }, work);
    } catch (error) {
      engine.store.dispatch({ type: "warning", code: "volume_left", unitId: unitIdOf(place.project, place.requirement), message: `a volume that was being made may be left: ${errorText(error)}` });
    }
  }
}

async function settled(engine: Engine, place: VolumePlace, work: VolumeWork): Promise<void> {
  const { project, requirement, directory, docker } = place;
  const scope = engine.containers.scope();
  for (const { id, labels } of await docker.containers.list({ [containerLabels.scope]: scope, [containerLabels.project]: project })) {
    if (labels[containerLabels.unit]?.startsWith(copierPrefix(requirement)) === true) await docker.containers.remove(id);
  }
  const isSnapshot = (volume: string): boolean => snapshotsIn(directory).some((one) => one.volume === volume);
  const { fresh, replaces } = work;
  const hasReplaced = replaces !== undefined && volumeInUse(directory) === fresh;
  if (!hasReplaced && !isSnapshot(fresh)) await docker.volumes.remove(volumeName(scope, project, fresh));
  if (hasReplaced && !isSnapshot(replaces) && (await hasVolume(docker, scope, volumeName(scope, project, replaces)))) await noteSnapshot(engine, { directory, ...work }, { name: timedName(engine, "before-interrupted"), volume: replaces, bytes: 0 });
  rmSync(volumeWorkOf(directory), { force: true });
}

/** A snapshot in a volume is there when its note is. */
export async function noteSnapshot(engine: Engine, { directory, adapter, version }: Pick<SnapshotNote, "adapter" | "version"> & { readonly directory: string }, { name, volume, bytes }: { readonly name: string; readonly volume: string; readonly bytes: number }): Promise<void> {
  const note: SnapshotNote = { schemaVersion: 1, createdAt: isoTime(engine.host.clock), adapter, version, bytes, volume };
  const build = async (temporary: string): Promise<void> => writeOwnFile(join(temporary, snapshotNote), `${JSON.stringify(note)}\n`, undefined);
  await buildDirectory({ target: join(snapshotsOf(directory), name), host: engine.host, owner: "caller", build });
}
