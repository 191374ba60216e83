/** Where an action works, and what it may use of the world. */
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDirectory } from "../host/files.ts";

export interface ActionPlace {
  readonly project: string;
  /** Root of the project's checkout. */
  readonly root: string;
  /** Directory for what it leaves behind; made when it is needed. */
  readonly artifacts: string;
  /** The caller's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted by Ctrl-C, and when the time is over. */
  readonly signal: AbortSignal;
  /** For everything the action runs, together. */
  readonly timeoutMs: number;
  /** Tells a person what happens now, in one line. */
  readonly progress: (line: string) => void;
}

/** Whether the time was over, rather than somebody pressing Ctrl-C. */
export function isOutOfTime({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

/** Makes a directory below the state root, which servers of another user must be able to pass when envctl is root. */
export function makePlace(path: string): void {
  makeDirectory(path, process.getuid?.() === 0);
}

const keptRuns = 20;

/** Removes the oldest of the directories `…/run_<time>/<project>` this one is among; the latest 20 stay. */
export function pruneRuns(artifacts: string): void {
  const all = dirname(dirname(artifacts));
  const runs = readdirSync(all).filter((name) => /^run_\d{8}T\d{9}$/.test(name)).sort();
  for (const name of runs.slice(0, -keptRuns)) rmSync(join(all, name), { recursive: true, force: true });
}
