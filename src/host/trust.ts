/**
 * Which hook commands, requirements and plug-ins of a repository may run. Each is allowed by itself, as a hash: a command of its event
 * and its words, a requirement and a plug-in of its files. What a pull changes, or another branch brings along, is not run before somebody
 * has looked at it.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { HookCommand } from "../model/supervision.ts";
import { makeDirectory, readJson, writeAtomic } from "./files.ts";

/** Code in files: a requirement, a plug-in. */
export interface TrustableFile {
  /** How it is known in its repository. */
  readonly path: string;
  readonly contentHash: string;
}

/** What can be trusted. */
export type Trustable = HookCommand | TrustableFile;

export interface Trust {
  /** Read anew each time, so that a running daemon learns of it. */
  isTrusted(one: Trustable): boolean;
  /** Allows exactly these; what was allowed before counts no more. */
  allow(all: readonly Trustable[]): void;
  /** False when nothing was allowed. */
  remove(): boolean;
}

type Trusted = Readonly<Record<string, readonly string[]>>;

const version = 1;

/** Kept in one file of the user's state, by the repository's real path. `passable`: see makeDirectory. */
export function createTrust(stateRoot: string, repository: string, passable: boolean): Trust {
  const path = join(stateRoot, "trusted.json");
  const write = (repositories: Trusted): void => {
    makeDirectory(stateRoot, passable);
    writeAtomic(path, `${JSON.stringify({ version, repositories }, null, 2)}\n`);
  };
  return {
    isTrusted: (one) => hashesOf(trustedIn(path), repository).includes(hashOf(one)),
    allow: (all) => write({ ...trustedIn(path), [repository]: all.map(hashOf) }),
    remove: () => {
      const { [repository]: before, ...others } = trustedIn(path);
      if (before !== undefined) write(others);
      return before !== undefined;
    },
  };
}

/** Whole, since somebody else's choice of a command must not be able to meet it. A file is an object, which no hook is. */
function hashOf(one: Trustable): string {
  const said = "contentHash" in one ? { path: one.path, contentHash: one.contentHash } : [one.on, ...one.command];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}

/** Nothing is trusted by a file that cannot be read. */
function trustedIn(path: string): Trusted {
  const content = readJson(path);
  if (typeof content !== "object" || content === null || !("repositories" in content) || !("version" in content) || content.version !== version) return {};
  const { repositories } = content;
  return typeof repositories === "object" && repositories !== null ? (repositories as Trusted) : {};
}

function hashesOf(trusted: Trusted, repository: string): readonly string[] {
  const hashes: unknown = Object.hasOwn(trusted, repository) ? trusted[repository] : undefined;
  return Array.isArray(hashes) ? (hashes as readonly string[]) : [];
}
