/**
 * What is written down of a throw-away project: a checkout once more, in a scope of its own beside the repository's. The note is
 * there before anything of the scope is, so whoever finds it later knows what may be removed, and nothing else is.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDirectory, readJson, writeAtomic } from "../host/files.ts";
import { scopePaths, type ScopePaths } from "../host/paths.ts";
import type { Control } from "../model/control.ts";
import type { Failure } from "../model/failure.ts";
import { masked } from "../model/secrets.ts";
import { liveStartOf, pieceNameOf, piecesAmong } from "../model/log-pieces.ts";
import type { ProcessHandle } from "../model/unit.ts";

export interface ThrowAwayOrder {
  /** The checkout it is. */
  readonly root: string;
  /** What its name begins with. */
  readonly prefix: string;
  /** Directory for the logs of its processes. */
  readonly processLogs: string;
  /** Snapshots of Main that go with it. */
  readonly snapshots: readonly string[];
  /** Makes them, once they are written down. */
  readonly makeSnapshots: () => Promise<void>;
}

/** What became of it. */
export interface ThrowAwayEnd {
  /** Why something of it is still there; the next daemon or suite tries again. */
  readonly failures: readonly Failure[];
  /** Logs that were collected. */
  readonly logs: number;
}

export interface ThrowAway {
  readonly scopeId: string;
  readonly project: string;
  readonly control: Control;
  /** A generated secret of its own. */
  readonly knownSecret: (key: string) => string | undefined;
  /** Stops everything, collects the logs, removes its data. */
  end(): Promise<ThrowAwayEnd>;
}

/** What became of those whose maker is dead. */
export interface Clearing {
  /** Projects that are gone. */
  readonly gone: readonly string[];
  /** Why others are not. */
  readonly failures: readonly Failure[];
}

export interface ThrowAwayNote {
  readonly schemaVersion: 1;
  /** Its scope: `repo-` and 12 hex digits, as every scope's. */
  readonly scopeId: string;
  readonly project: string;
  /** The checkout it is. */
  readonly root: string;
  /** No project of the repository has it, and no other throw-away. */
  readonly slot: number;
  /** Who made it, and takes it down again. */
  readonly owner: ProcessHandle;
  /** Where the logs of its processes go. */
  readonly processLogs: string;
  /** Snapshots of Main that were made for it alone. */
  readonly snapshots: readonly string[];
}

const scopePattern = /^repo-[0-9a-f]{12}$/;
/** In its scope: proof that it was made as a throw-away. */
const markName = "throw-away.json";

/** A name that no scope of this state root has. */
export function newScopeId(stateRoot: string): string {
  for (;;) {
    const scopeId = `repo-${randomBytes(6).toString("hex")}`;
    if (!existsSync(join(stateRoot, scopeId))) return scopeId;
  }
}

/** Writes the note, then the mark: from here on what is below its scope may be removed. */
export function noteThrowAway(own: ScopePaths, stateRoot: string, note: ThrowAwayNote, isRoot: boolean): void {
  const scope = scopePaths(stateRoot, note.scopeId);
  makeDirectory(own.throwAways, isRoot);
  writeAtomic(notePath(own, note.scopeId), JSON.stringify(note));
  makeDirectory(scope.root, isRoot);
  writeAtomic(join(scope.root, markName), JSON.stringify({ schemaVersion: 1, of: own.root }));
}

/** Those of a repository. */
export function throwAwayNotes(own: ScopePaths): readonly ThrowAwayNote[] {
  return namesIn(own.throwAways).filter((name) => name.endsWith(".json")).flatMap((name) => {
    const value = readJson(join(own.throwAways, name));
    const isNote = typeof value === "object" && value !== null && Reflect.get(value, "schemaVersion") === 1 && scopePattern.test(String(Reflect.get(value, "scopeId")));
    return isNote ? [value as ThrowAwayNote] : [];
  });
}

/** Snapshots are data of Main's that may be read from the other scope: the way there is a link, which goes with the scope. */
export function lendSnapshots(own: ScopePaths, scope: ScopePaths, isRoot: boolean): void {
  const [from, to] = [own, scope].map(({ data }) => join(data, "Main", ".snapshots"));
  if (from === undefined || to === undefined || !existsSync(from) || existsSync(to)) return;
  makeDirectory(dirname(to), isRoot);
  symlinkSync(from, to);
}

/** Puts the whole log of every process of the project where its note says; how many there are. Once more does no harm. */
export function collectLogs(scope: ScopePaths, { project, processLogs }: ThrowAwayNote, isRoot: boolean): number {
  const logs = new Map<string, Buffer[]>();
  for (const run of namesIn(scope.runs).toSorted()) {
    const directory = join(scope.runs, run, "logs", project);
    const names = namesIn(directory);
    for (const name of names.filter((one) => one.endsWith(".log"))) logs.set(name, [...(logs.get(name) ?? []), wholeLog(directory, name, names)]);
  }
  if (logs.size > 0) makeDirectory(processLogs, isRoot);
  const hidden = generatedSecrets(scope);
  for (const [name, parts] of logs) writeAtomic(join(processLogs, name), withoutSecrets(Buffer.concat(parts), hidden));
  return logs.size;
}

/** Passwords that were made for it: nobody will know them once it is gone. */
function generatedSecrets({ secrets }: ScopePaths): readonly string[] {
  return namesIn(secrets).flatMap((name) => {
    const content = readJson(join(secrets, name));
    const values: unknown = typeof content === "object" && content !== null ? Reflect.get(content, "values") : undefined;
    return typeof values === "object" && values !== null ? Object.values(values).filter((value): value is string => typeof value === "string" && value !== "") : [];
  });
}

/** Bytes that are no text stay what they are. */
function withoutSecrets(content: Buffer, hidden: readonly string[]): Buffer {
  const text = hidden.reduce((before, secret) => before.replaceAll(secret, masked), content.toString("latin1"));
  return Buffer.from(text, "latin1");
}

/** Pieces that were rotated away, then what is in the file behind them. */
function wholeLog(directory: string, name: string, names: readonly string[]): Buffer {
  const pieces = piecesAmong(names, name);
  const live = readFileSync(join(directory, name)).subarray(liveStartOf(0, pieces));
  return Buffer.concat([...pieces.map((piece) => readFileSync(join(directory, pieceNameOf(name, piece)))), live]);
}

/** Removes a scope that carries the mark of this repository, and then its note. Nothing of it may run any more. */
export function removeThrowAway(own: ScopePaths, stateRoot: string, { scopeId, snapshots }: ThrowAwayNote): void {
  const scope = scopePaths(stateRoot, scopeId);
  const mark = readJson(join(scope.root, markName));
  const isOurs = typeof mark === "object" && mark !== null && Reflect.get(mark, "of") === own.root;
  // A directory without the mark is one that was never begun, or somebody else's.
  if (isOurs) rmSync(scope.root, { recursive: true, force: true });
  for (const snapshot of snapshots.filter((path) => path.startsWith(join(own.data, "Main", ".snapshots")))) rmSync(snapshot, { recursive: true, force: true });
  rmSync(notePath(own, scopeId), { force: true });
}

function notePath(own: ScopePaths, scopeId: string): string {
  return join(own.throwAways, `${scopeId}.json`);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
