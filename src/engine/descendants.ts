/**
 * Remembers which processes belonged to a unit when it was looked at last, on disk, so that the next daemon and a blast know
 * them too. Holds what lived then, and nothing older.
 */
import { readJson, writeAtomic } from "../host/files.ts";
import type { Handle } from "../model/unit.ts";
import type { KnownProcess } from "./ownership.ts";

export interface Descendants {
  /** Processes of the unit as seen last; some may have ended. */
  of(handle: Handle): readonly KnownProcess[];
  /** Replaces everything known. */
  remember(families: readonly { readonly handle: Handle; readonly processes: readonly KnownProcess[] }[]): void;
}

type Known = Readonly<Record<string, readonly KnownProcess[]>>;

/** `path` is the file of the notes; those of another boot say nothing about this one. */
export function createDescendants(path: string, bootId: string): Descendants {
  let known = readNotes(path, bootId);
  let written = JSON.stringify(known);
  return {
    of: (handle) => (Object.hasOwn(known, keyOf(handle)) ? (known[keyOf(handle)] ?? []) : []),
    remember: (families) => {
      const next: Known = Object.fromEntries(families.map(({ handle, processes }) => [keyOf(handle), processes.map(({ pid, startTime }) => ({ pid, startTime }))]));
      known = next;
      const text = JSON.stringify(next);
      if (text === written) return;
      written = text;
      writeQuietly(path, `{"bootId":${JSON.stringify(bootId)},"families":${text}}`);
    },
  };
}

function keyOf({ pid, startTime }: Handle): string {
  return `${pid}/${startTime}`;
}

function readNotes(path: string, bootId: string): Known {
  const notes = readJson(path);
  const isOfThisBoot = typeof notes === "object" && notes !== null && "bootId" in notes && notes.bootId === bootId && "families" in notes;
  if (!isOfThisBoot || typeof notes.families !== "object" || notes.families === null) return {};
  return Object.fromEntries(Object.entries(notes.families).map(([key, processes]) => [key, Array.isArray(processes) ? processes.filter(isKnownProcess) : []]));
}

function isKnownProcess(value: unknown): value is KnownProcess {
  return typeof value === "object" && value !== null && "pid" in value && typeof value.pid === "number" && "startTime" in value && typeof value.startTime === "string";
}

/** A full disk is told elsewhere; in memory the notes are whole. */
function writeQuietly(path: string, text: string): void {
  try {
    writeAtomic(path, text);
  } catch {
    // Written again with the next change.
  }
}
