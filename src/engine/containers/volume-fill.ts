/** Fills a new volume of a project from another one: as data are now, or as they were kept. */
import { join } from "node:path";
import type { ContainerEngine } from "../../host/container-engine.ts";
import { addressText } from "../../host/docker-address.ts";
import { readJson } from "../../host/files.ts";
import { UserError } from "../../model/failure.ts";
import { handleOf } from "../../model/lifecycle.ts";
import { unitIdOf } from "../../model/unit.ts";
import type { VolumeCopies } from "../../requirements/adapter.ts";
import { snapshotNote, snapshotsIn, snapshotsOf, type SnapshotNote } from "../../state/data-directories.ts";
import { steadily } from "../data-copy.ts";
import type { Engine } from "../engine.ts";
import type { BoundRequirement, Effects, VolumeData } from "../requirement-drafts.ts";
import { volumeName } from "./container-spec.ts";
import { copyVolume, hasVolume, type VolumeSource } from "./volume-copy.ts";
import type { VolumePlace } from "./volume-work.ts";

/** Data that can be copied, of a requirement of a project, and the engine they are in. */
export interface VolumeHome {
  readonly project: string;
  readonly requirement: BoundRequirement;
  readonly data: CopyableData;
  readonly docker: ContainerEngine;
}

type CopyableData = VolumeData & { readonly copies: VolumeCopies };

/** Throws a UserError that says why they cannot be copied. */
export function copyable(project: string, { name, inVolume: data }: BoundRequirement): CopyableData {
  const unitId = unitIdOf(project, name);
  if (data === undefined) throw new UserError({ reason: "usage_invalid", message: `the data of ${unitId} are not in a volume, as the others are`, hint: `set requirements.${name}.engine to the same in both projects` });
  const { copies } = data;
  if (typeof copies === "string") throw new UserError({ reason: "usage_invalid", message: `the data of ${unitId} cannot be copied: it ${copies}`, hint: "use the tools of that server, or set the engine to embedded" });
  return { ...data, copies };
}

/** Where its volumes are noted. */
export function placeIn({ project, requirement, data, docker }: VolumeHome): VolumePlace {
  return { project, requirement: requirement.name, directory: data.directory, docker };
}

/** Throws a UserError where no copy can be made: volumes are copied inside one engine. */
export function assertSameEngine(source: VolumeHome, target: VolumeHome): void {
  const [from, to] = [source, target].map(({ docker }) => addressText(docker.found.address));
  if (from !== to) throw new UserError({ reason: "usage_invalid", message: `the data of ${source.project} are in the engine ${from ?? ""}, those of ${target.project} in ${to ?? ""}`, hint: `set requirements.${target.requirement.name}.on to the same in both projects` });
}

interface Filling {
  readonly source: VolumeHome;
  readonly target: VolumeHome;
  /** The target's name for the new volume. */
  readonly to: string;
}

interface Work {
  readonly engine: Engine;
  readonly effects: Effects;
}

/** From a volume of the source that nobody writes; returns its bytes. */
export async function copyStill(work: Work, filling: Filling & { readonly volume: string }): Promise<number> {
  return copied(work, filling, { volume: nameIn(work.engine, filling.source, filling.volume) });
}

/** From the source's data as they are now, of a server that runs or of one that does not; returns the bytes. */
export async function copyNow(work: Work, filling: Filling): Promise<number> {
  const { source, target, to } = filling;
  const { engine } = work;
  const volume = nameIn(engine, source, source.data.volume);
  const script = source.data.copies.whileRunning;
  let bytes = 0;
  await steadily(engine, unitIdOf(source.project, source.requirement.name), {
    attempt: async (unit, isLive) => {
      const handle = unit === undefined || !isLive ? undefined : handleOf(unit.life);
      if (handle?.inside !== "container") bytes = await copied(work, filling, { volume });
      else if (script === undefined) throw new UserError({ reason: "conflict", message: `${unitIdOf(source.project, source.requirement.name)} runs, and its data can be copied only while it does not`, hint: `stop it first: \`envctl stop --project ${source.project} --service ${source.requirement.name}\`` });
      else bytes = await copied(work, filling, { volume, server: { containerId: handle.containerId, script } });
    },
    undo: () => target.docker.volumes.remove(nameIn(engine, target, to)),
  });
  return bytes;
}

function copied({ engine, effects }: Work, { source, target, to }: Filling, from: VolumeSource): Promise<number> {
  const { docker, project, requirement, data } = target;
  const { makeOwn } = data.copies;
  return copyVolume({
    docker,
    scope: engine.containers.scope(),
    project,
    unit: requirement.name,
    image: data.image,
    from,
    to: nameIn(engine, target, to),
    ...(makeOwn === undefined || source.project === project ? {} : { makeOwn }),
    reveal: effects.reveal,
    signal: effects.signal,
    progress: effects.progress,
  });
}

/** A snapshot whose volume is there. */
export interface VolumeSnapshot extends SnapshotNote {
  readonly volume: string;
}

/** Of the first of the homes that has it. Throws a UserError that names those there are. */
export async function foundSnapshot(engine: Engine, homes: readonly VolumeHome[], name: string): Promise<{ readonly home: VolumeHome; readonly note: VolumeSnapshot }> {
  const notes = homes.map((home) => ({ home, note: readJson(join(snapshotsOf(home.data.directory), name, snapshotNote)) as SnapshotNote | undefined }));
  const found = notes.find(({ note }) => note?.volume !== undefined);
  if (found?.note?.volume === undefined) {
    const names = [...new Set(homes.flatMap(({ data }) => snapshotsIn(data.directory).map((one) => one.name)))];
    const isEmbedded = notes.some(({ note }) => note !== undefined);
    const hint = isEmbedded ? `it is of the embedded engine: set requirements.${homes[0]?.requirement.name ?? ""}.engine to embedded` : names.length === 0 ? "there are none; `envctl db snapshot NAME` makes one" : `there are: ${names.join(", ")}`;
    throw new UserError({ reason: "unknown_target", message: `no snapshot in a volume is named "${name}"`, hint });
  }
  const { home, note } = found;
  const inEngine = nameIn(engine, home, found.note.volume);
  if (await hasVolume(home.docker, engine.containers.scope(), inEngine)) return { home, note: { ...note, volume: found.note.volume } };
  throw new UserError({ reason: "unknown_target", message: `the snapshot "${name}" is gone: its engine has no volume ${inEngine}`, hint: `its note can go, too: ${join(snapshotsOf(home.data.directory), name)}` });
}

/** What a volume of a project is called in its engine. */
export function nameIn(engine: Engine, { project }: Pick<VolumeHome, "project">, volume: string): string {
  return volumeName(engine.containers.scope(), project, volume);
}
