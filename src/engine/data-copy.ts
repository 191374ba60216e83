/** Copies of a project's data: of a server that runs or of one that does not, never across a change from one to the other. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isoTime } from "../host/clock.ts";
import type { CopyTold } from "../host/copy-progress.ts";
import { copyTree } from "../host/copy-tree.ts";
import { makeDirectory } from "../host/files.ts";
import { freeBytes, treeBytes } from "../host/space.ts";
import { UserError } from "../model/failure.ts";
import { isServing, isUp } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import { unitIdOf, type UnitId } from "../model/unit.ts";
import { makeOwnDirectory, makeParents, writeOwnFile } from "../requirements/engines/account.ts";
import { buildDirectory, namesIn } from "../requirements/engines/embedded.ts";
import { replacedOf, snapshotData, snapshotNote, snapshotsIn, snapshotsOf, type SnapshotNote } from "../state/data-directories.ts";
import type { Engine } from "./engine.ts";
import type { BoundRequirement, Effects } from "./requirement-drafts.ts";
import { lastStepMs, noteStepMs, withLastTime } from "./step-times.ts";

/** A requirement whose data envctl keeps. */
export type KeptRequirement = BoundRequirement & { readonly dataDirectory: string };

/** A requirement of a project whose data are meant. */
export interface DataOf {
  readonly project: string;
  readonly requirement: KeptRequirement;
}

/** False for a server outside of envctl. */
export function isKept(requirement: BoundRequirement): requirement is KeptRequirement {
  return requirement.dataDirectory !== undefined;
}

/** Throws a UserError for a requirement whose data are not envctl's to copy. */
export function keptOf(project: string, requirement: BoundRequirement): DataOf {
  if (isKept(requirement)) return { project, requirement };
  const { name, engine } = requirement;
  throw new UserError({ reason: "usage_invalid", message: `the data of ${unitIdOf(project, name)} are not kept by envctl (requirements.${name}.engine is ${engine})`, hint: "use the tools of that server, or set the engine to embedded" });
}

const attempts = 3;

/** Fills the empty directory `to`. Throws a UserError when there are no data, or they cannot be copied. */
export async function copyData(engine: Engine, { project, requirement }: DataOf, effects: Effects, to: string): Promise<void> {
  const unitId = unitIdOf(project, requirement.name);
  const { copy, dataDirectory } = requirement;
  if (copy === undefined) throw new UserError({ reason: "usage_invalid", message: `data of ${requirement.adapter} cannot be copied` });
  if (namesIn(dataDirectory).length === 0) throw new UserError({ reason: "not_running", message: `${unitId} has no data yet: ${dataDirectory}`, hint: `start it once with \`envctl start --project ${project}\`` });
  assertRoom(dataDirectory, dirname(to));
  const { clock } = engine.host;
  const lastMs = lastStepMs(engine.scope.root, requirement, "copy");
  const progress: Effects["progress"] = (text, done, total) => effects.progress(done === undefined ? withLastTime(text, lastMs) : text, done, total);
  await steadily(engine, unitId, {
    attempt: async (unit, isLive) => {
      const ports = Object.fromEntries((unit?.spec.ports ?? []).map((port) => [port.name, port.port]));
      const begun = clock.monotonic();
      await copy(ports, { ...effects, progress }, to, isLive);
      noteStepMs(engine.scope.root, requirement, "copy", Math.round(clock.monotonic() - begun));
    },
    undo: async () => {
      for (const name of namesIn(to)) rmSync(join(to, name), { recursive: true, force: true });
    },
  });
}

interface Copying {
  attempt(unit: UnitState | undefined, isLive: boolean): Promise<void>;
  /** Takes away what an attempt has made. */
  undo(): Promise<void>;
}

/** Copies what a server has while it runs or does not, never across a change from one to the other. Throws a UserError when it goes on changing. */
export async function steadily(engine: Engine, unitId: UnitId, { attempt, undo }: Copying): Promise<void> {
  for (let number = 1; number <= attempts; number += 1) {
    await engine.flights.landed(unitId);
    const before = engine.store.state()?.units[unitId];
    const isLive = before !== undefined && isServing(before.life);
    if (before !== undefined && isUp(before.life) && !isLive) throw unsteady(unitId);
    await attempt(before, isLive);
    if (engine.store.state()?.units[unitId]?.life === before?.life) return;
    await undo();
  }
  throw unsteady(unitId);
}

/** Of a server whose data cannot be touched just now. */
export function unsteady(unitId: string): UserError {
  return new UserError({ reason: "prepare_failed", message: `the data of ${unitId} could not be reached: it is being started or stopped`, hint: "try again in a moment" });
}

/** Copies the data of a snapshot, which nobody writes. */
export async function copyStill(engine: Engine, from: string, to: string, effects: Effects): Promise<void> {
  const { machine } = engine.host;
  assertRoom(from, dirname(to));
  const told: CopyTold = (done, total) => effects.progress(`copying the snapshot ${basename(dirname(from))}`, done, total);
  const trouble = await copyTree({ from, to, platform: machine.platform, account: machine.serverAccount, signal: effects.signal, told });
  effects.signal.throwIfAborted();
  if (trouble !== undefined) throw new UserError({ reason: "prepare_failed", message: `${from} could not be copied: ${trouble}`, hint: "free some space, and try again" });
}

/** The share of a disk that stays free for the server to begin with. */
const spareBytes = 32 * 1024 * 1024;

function assertRoom(from: string, at: string): void {
  const [needed, free] = [treeBytes(from) + spareBytes, freeBytes(at)];
  if (free >= needed) return;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
  throw new UserError({ reason: "prepare_failed", message: `a copy of ${from} needs ${megabytes(needed)}, and ${megabytes(free)} are free in ${at}`, hint: "free some space, or remove snapshots that are not needed: `envctl prune` names them" });
}

/** Makes a snapshot that appears whole or not at all; returns its bytes. */
export async function makeSnapshot(engine: Engine, data: DataOf, name: string, effects: Effects): Promise<number> {
  const { requirement } = data;
  const target = join(snapshotsOf(requirement.dataDirectory), name);
  if (existsSync(target)) throw new UserError({ reason: "conflict", message: `there is a snapshot "${name}" of ${unitIdOf(data.project, requirement.name)} already`, hint: "choose another name, or remove its directory" });
  let bytes = 0;
  const isOurs = await buildDirectory({
    target,
    host: engine.host,
    owner: engine.host.machine.serverAccount ?? "caller",
    build: async (temporary) => {
      const inner = join(temporary, snapshotData);
      makeOwnDirectory(inner, engine.host.machine.serverAccount);
      await copyData(engine, data, effects, inner);
      bytes = noteSnapshot(engine, requirement, temporary);
    },
  });
  if (!isOurs) throw new UserError({ reason: "conflict", message: `a snapshot "${name}" was made by somebody else meanwhile` });
  return bytes;
}

/** Writes the note of a snapshot whose data are in place; returns its bytes. */
function noteSnapshot(engine: Engine, { adapter, version }: KeptRequirement, directory: string): number {
  const bytes = treeBytes(join(directory, snapshotData));
  const note: SnapshotNote = { schemaVersion: 1, createdAt: isoTime(engine.host.clock), adapter, version, bytes };
  writeOwnFile(join(directory, snapshotNote), `${JSON.stringify(note)}\n`, engine.host.machine.serverAccount);
  return bytes;
}

/** Data that were replaced become a snapshot: a rename, no copy. */
export function keepReplaced(engine: Engine, requirement: KeptRequirement, name: string): void {
  const replaced = replacedOf(requirement.dataDirectory);
  const target = join(snapshotsOf(requirement.dataDirectory), name);
  makeParents(target, engine.host);
  makeOwnDirectory(target, engine.host.machine.serverAccount);
  renameSync(replaced, join(target, snapshotData));
  noteSnapshot(engine, requirement, target);
}

/** The data of a snapshot by its name, of the first of the directories that has it. Throws a UserError that names those there are. */
export function findSnapshot(dataDirectories: readonly string[], name: string): string {
  const found = dataDirectories.find((directory) => existsSync(join(snapshotsOf(directory), name, snapshotData)));
  if (found !== undefined) return join(snapshotsOf(found), name);
  const names = [...new Set(dataDirectories.flatMap((directory) => snapshotsIn(directory).map((one) => one.name)))];
  throw new UserError({ reason: "unknown_target", message: `no snapshot is named "${name}"`, hint: names.length === 0 ? "there are none; `envctl db snapshot NAME` makes one" : `there are: ${names.join(", ")}` });
}

/**
 * Puts new data in the place of a requirement's data; what was there waits until it is known how that went. A crash at any
 * moment leaves one of both in place or `settleReplaced` finds what waits.
 */
export function replaceData(engine: Engine, { dataDirectory }: KeptRequirement, fresh: string): void {
  const replaced = replacedOf(dataDirectory);
  makeDirectory(dirname(replaced), engine.host.machine.serverAccount !== undefined);
  if (existsSync(dataDirectory)) renameSync(dataDirectory, replaced);
  renameSync(fresh, dataDirectory);
}

/** Takes new data away again and puts back what waits, if anything does. */
export function putBack({ dataDirectory }: KeptRequirement): void {
  const replaced = replacedOf(dataDirectory);
  rmSync(dataDirectory, { recursive: true, force: true });
  if (existsSync(replaced)) renameSync(replaced, dataDirectory);
}

/** After a replacement that was interrupted: without new data the old ones come back, beside new ones they become a snapshot. */
export function settleReplaced(engine: Engine, requirement: KeptRequirement): void {
  const replaced = replacedOf(requirement.dataDirectory);
  if (engine.replacing.has(requirement.dataDirectory) || !existsSync(replaced)) return;
  if (!existsSync(requirement.dataDirectory)) renameSync(replaced, requirement.dataDirectory);
  else keepReplaced(engine, requirement, timedName(engine, "before-interrupted"));
}

/** `before-reset-20261121T101500123`. */
export function timedName(engine: Engine, prefix: string): string {
  return `${prefix}-${isoTime(engine.host.clock).replaceAll(/[-:.Z]/g, "")}`;
}
