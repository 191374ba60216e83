/** The word a daemon leaves that ended since its loop was blocked. */
import { readFileSync, rmSync } from "node:fs";

export interface LoopNote {
  /** ISO 8601. */
  readonly at: string;
  /** Those that ran in the loop. */
  readonly units: readonly string[];
  readonly blockedMs: number;
}

/** Reads the note and removes it; undefined when there is none or it is damaged. */
export function takeLoopNote(path: string): LoopNote | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isLoopNote(note) ? note : undefined;
  } catch {
    return undefined;
  } finally {
    rmSync(path, { force: true });
  }
}

function isLoopNote(note: unknown): note is LoopNote {
  if (typeof note !== "object" || note === null) return false;
  return "at" in note && typeof note.at === "string" && "blockedMs" in note && typeof note.blockedMs === "number" && "units" in note && Array.isArray(note.units) && note.units.every((unitId) => typeof unitId === "string");
}
