/** A note of the server that is down while its data are copied or exchanged, so that the next daemon starts it when this one is killed meanwhile. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeAtomic } from "../host/files.ts";
import type { Intent } from "../model/intent.ts";
import type { Engine } from "./engine.ts";

interface DownNote {
  readonly schemaVersion: 1;
  /** Starts it again. */
  readonly intent: Intent;
}

type Scoped = Pick<Engine, "scope">;

/** Written before it stops; orders take turns, so there is one at most. */
export function noteDown({ scope }: Scoped, intent: Intent): void {
  const note: DownNote = { schemaVersion: 1, intent };
  writeAtomic(pathIn(scope.root), JSON.stringify(note));
}

/** It runs again, or need not. */
export function forgetDown({ scope }: Scoped): void {
  rmSync(pathIn(scope.root), { force: true });
}

/** What starts the server again that an earlier daemon left down. */
export function leftDown({ scope }: Scoped): Intent | undefined {
  const note = readJson(pathIn(scope.root));
  return isNote(note) ? note.intent : undefined;
}

function pathIn(root: string): string {
  return join(root, "down-for-data.json");
}

/** Only what this version wrote. */
function isNote(value: unknown): value is DownNote {
  return typeof value === "object" && value !== null && "schemaVersion" in value && value.schemaVersion === 1 && "intent" in value && typeof value.intent === "object" && value.intent !== null && "selection" in value.intent && "caller" in value.intent;
}
