/**
 * A throw-away project: a checkout once more, with an engine of its own inside this process, in a scope of its own. Everything it has
 * is below that scope and carries its mark, so what is removed afterwards can be nobody else's.
 */
import { randomBytes } from "node:crypto";
import { realpathSync } from "node:fs";
import { basename, join } from "node:path";
import type { Daemon } from "./daemon/run-daemon.ts";
import { openDaemon } from "./open-daemon.ts";
import { findCheckout } from "./host/checkout.ts";
import type { Host } from "./host/host.ts";
import { isLock, tryLock } from "./host/lock.ts";
import { scopeIdOf, scopePaths, type ScopePaths } from "./host/paths.ts";
import { discoverProjects, freeSlot } from "./host/projects.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "./host/process-table.ts";
import type { Failure } from "./model/failure.ts";
import type { ProcessHandle } from "./model/unit.ts";
import { createSecrets } from "./requirements/secrets-store.ts";
import { collectLogs, lendSnapshots, newScopeId, noteThrowAway, removeThrowAway, throwAwayNotes, type Clearing, type ThrowAway, type ThrowAwayEnd, type ThrowAwayNote, type ThrowAwayOrder } from "./suites/throw-away.ts";

export interface ThrowAwayPlace {
  /** The owning repository. */
  readonly repository: string;
  readonly host: Host;
  readonly version: string;
}

/** Makes it; nothing runs yet. */
export async function openThrowAway(place: ThrowAwayPlace, { root, prefix, processLogs, snapshots, makeSnapshots }: ThrowAwayOrder): Promise<ThrowAway> {
  const { host } = place;
  const { stateRoot } = host.paths;
  const scopeId = newScopeId(stateRoot);
  const note: ThrowAwayNote = { schemaVersion: 1, scopeId, project: `${prefix}-${randomBytes(3).toString("hex")}`, root: realpathSync(root), slot: slotFor(place), owner: ownHandle(host), processLogs, snapshots };
  const [own, scope] = [ownScope(place), scopePaths(stateRoot, scopeId)];
  noteThrowAway(own, stateRoot, note, host.machine.isRoot);
  const daemon = await begun(place, note, makeSnapshots).catch((error: unknown) => {
    removeThrowAway(own, stateRoot, note);
    throw error;
  });
  return { scopeId, project: note.project, control: daemon.control, knownSecret: (key) => createSecrets(scope.secrets).known(key), end: () => ended(place, note, daemon) };
}

const nothing: Clearing = { gone: [], failures: [] };

/** Takes down those whose maker is dead; one process at a time does. */
export async function clearThrowAways(place: ThrowAwayPlace): Promise<Clearing> {
  const own = ownScope(place);
  if (throwAwayNotes(own).length === 0) return nothing;
  const { machine } = place.host;
  const table = processTableOf(machine);
  const isAlive = (owner: ProcessHandle): boolean => judgeHandle(table, machine, owner) !== "dead";
  const abandoned = (): readonly ThrowAwayNote[] => throwAwayNotes(own).filter(({ owner }) => !isAlive(owner));
  if (abandoned().length === 0) return nothing;
  const lock = tryLock(join(own.throwAways, "clearing"), ownHandle(place.host), isAlive);
  if (!isLock(lock)) return nothing;
  try {
    const [gone, failures]: [string[], Failure[]] = [[], []];
    for (const note of abandoned()) {
      const daemon = await opened(place, note);
      const end = daemon === undefined ? undefined : await ended(place, note, daemon);
      if (end?.failures.length === 0) gone.push(note.project);
      failures.push(...(end?.failures ?? []));
    }
    return { gone, failures };
  } finally {
    lock.release();
  }
}

function slotFor(place: ThrowAwayPlace): number {
  const own = ownScope(place);
  const projects = discoverProjects(findCheckout(place.repository) ?? { repository: place.repository }, own.slots);
  return freeSlot([...projects, ...throwAwayNotes(own)].map(({ slot }) => slot));
}

async function begun(place: ThrowAwayPlace, note: ThrowAwayNote, makeSnapshots: () => Promise<void>): Promise<Daemon> {
  await makeSnapshots();
  lendSnapshots(ownScope(place), scopePaths(place.host.paths.stateRoot, note.scopeId), place.host.machine.isRoot);
  const daemon = await opened(place, note);
  if (daemon === undefined) throw new Error(`somebody else has the lock of the new scope ${note.scopeId}`);
  return daemon;
}

/** With its own engine: what lives of it is adopted. */
function opened({ repository, host, version }: ThrowAwayPlace, { scopeId, project, root, slot }: ThrowAwayNote): Promise<Daemon | undefined> {
  return openDaemon(repository, host, version, Number.POSITIVE_INFINITY, { scopeId, project: { name: project, root, slot } });
}

async function ended(place: ThrowAwayPlace, note: ThrowAwayNote, daemon: Daemon): Promise<ThrowAwayEnd> {
  const { host } = place;
  const { stateRoot } = host.paths;
  const failures = await stopped(place, daemon).catch((error: unknown): readonly Failure[] => [{ reason: "stop_failed", message: `${note.project} could not be stopped: ${String(error)}` }]);
  daemon.shutdown(`${basename(note.project)} is over`);
  await daemon.ended;
  const logs = collectLogs(scopePaths(stateRoot, note.scopeId), note, host.machine.isRoot);
  if (failures.length === 0) removeThrowAway(ownScope(place), stateRoot, note);
  return { failures, logs };
}

/** The whole scope is the project's, what its scripts left included. */
async function stopped({ host, repository }: ThrowAwayPlace, { control }: Daemon): Promise<readonly Failure[]> {
  const environment = Object.fromEntries(Object.entries(host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const units = Object.values((await control.state())?.units ?? {});
  const removeVolumes = units.some(({ spec }) => spec.container !== undefined);
  const report = await control.submit({ kind: "stop", selection: { projects: [], services: [], all: true }, removeVolumes, caller: { directory: repository, environment } }, new AbortController().signal);
  return report.ok ? [] : report.failures;
}

function ownScope({ repository, host }: ThrowAwayPlace): ScopePaths {
  return scopePaths(host.paths.stateRoot, scopeIdOf(repository));
}

function ownHandle(host: Host): ProcessHandle {
  const me = handleOfProcess(processTableOf(host.machine), host.machine, process.pid);
  if (me === undefined) throw new Error("this process is not in the process table");
  return me;
}
