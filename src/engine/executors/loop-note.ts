/** Reads the word a daemon leaves that ended since its loop was blocked. */
import { rmSync } from "node:fs";
import { readJson } from "../../host/files.ts";
import { isLoopNote, type LoopNote } from "../../model/loop-note.ts";

/** Undefined when there is none or it is damaged. */
export function readLoopNote(path: string): LoopNote | undefined {
  const note = readJson(path);
  return isLoopNote(note) ? note : undefined;
}

/** Reads it and removes it. */
export function takeLoopNote(path: string): LoopNote | undefined {
  const note = readLoopNote(path);
  rmSync(path, { force: true });
  return note;
}
