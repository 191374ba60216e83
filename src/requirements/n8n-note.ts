/** What envctl notes beside the data of an n8n, so that it goes where they go: with a copy, a snapshot, a clone. */
import { join } from "node:path";
import { readJson } from "../host/files.ts";
import type { Account } from "../host/machine.ts";
import { writeOwnFile } from "./engines/account.ts";

export interface N8nNote {
  readonly schemaVersion: 1;
  /** A hash of the encryption key that the credentials among the data were written with. */
  readonly keyHash?: string;
  /** Who was made the owner, with which password. */
  readonly owner?: { readonly email: string; readonly password: string };
  /** Id of an imported workflow → hash of what was imported. */
  readonly workflows: Readonly<Record<string, string>>;
}

/** An empty one when there is none, or none that can be read: whatever it says can be found out again. */
export function readNote(dataDirectory: string): N8nNote {
  const content = readJson(fileOf(dataDirectory));
  return isNote(content) ? content : { schemaVersion: 1, workflows: {} };
}

/** Adds to the note, atomically. */
export function addToNote(dataDirectory: string, more: Partial<N8nNote>, account: Account | undefined): void {
  writeOwnFile(fileOf(dataDirectory), `${JSON.stringify({ ...readNote(dataDirectory), ...more })}\n`, account);
}

function fileOf(dataDirectory: string): string {
  return join(dataDirectory, "envctl.json");
}

function isNote(content: unknown): content is N8nNote {
  return typeof content === "object" && content !== null && "schemaVersion" in content && content.schemaVersion === 1 && "workflows" in content && typeof content.workflows === "object" && content.workflows !== null;
}
