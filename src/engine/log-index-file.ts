/** The index file of one log, as the daemon writes it. */
import { closeSync, openSync, readFileSync, readSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { faultPoint } from "../host/fault-point.ts";
import { writeAtomic } from "../host/files.ts";
import { decodedIndex, encodedEntries, entryBytes, nextEntry, rebasedEntries, type IndexEntry, type LogLook } from "../model/log-index.ts";

export interface LogIndexFile {
  /** The last entry that is on disk. */
  last(): IndexEntry;
  /** Bytes dropped by rule. */
  base(): number;
  /** What cannot be written now is covered by a later entry, whose interval is the longer for it. */
  note(look: LogLook): void;
  /** Begins anew: nothing is known of the log but what is dropped of it, and what this look found. */
  restart(base: number, look: LogLook): void;
  /** The bytes before `base` were dropped. Throws the system's error. */
  rebase(base: number): void;
  close(): void;
}

/** Goes on with the file, or begins it. `bornMs`: nothing of the log was written before. Throws the system's error. */
export function openLogIndex(path: string, bornMs: number): LogIndexFile {
  cutTorn(path);
  const ends = readEnds(path);
  const empty = { offset: 0, fromMs: bornMs, toMs: bornMs };
  if (ends === undefined) begin(path, empty);
  let last = ends?.last ?? empty;
  let base = ends?.first.offset ?? 0;
  let unwrittenSinceMs: number | undefined;
  // Kept open: a flood is noted twenty times a second.
  let file: number | undefined;
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const appended = (entry: IndexEntry): boolean => {
    try {
      if (unwrittenSinceMs !== undefined) cutTorn(path);
      const target = (file ??= openSync(path, "a", 0o600));
      const bytes = encodedEntries([entry]);
      faultPoint("log-index.torn", () => writeSync(target, bytes, 0, entryBytes / 2));
      return writeSync(target, bytes) === entryBytes;
    } catch {
      return false;
    }
  };
  const write = (entries: readonly IndexEntry[]): void => {
    close();
    writeAtomic(path, encodedEntries(entries));
    base = entries[0]?.offset ?? base;
    last = entries.at(-1) ?? last;
  };
  return {
    last: () => last,
    base: () => base,
    note: (look) => {
      const entry = nextEntry(last, { ...look, sinceMs: unwrittenSinceMs ?? look.sinceMs });
      const isWritten = appended(entry);
      unwrittenSinceMs = isWritten ? undefined : entry.fromMs;
      if (isWritten) last = entry;
    },
    restart: (from, look) => {
      const first = { offset: from, fromMs: bornMs, toMs: bornMs };
      write(look.sizeBytes > from ? [first, nextEntry(first, { ...look, sinceMs: bornMs })] : [first]);
    },
    rebase: (from) => write(rebasedEntries(decodedIndex(readFileSync(path)), from)),
    close,
  };
}

/** Without a rename: half an entry would be cut off by whoever opens it next. */
function begin(path: string, first: IndexEntry): void {
  faultPoint("log-index.unborn");
  writeFileSync(path, encodedEntries([first]), { mode: 0o600 });
}

/** A daemon that was killed, or a full disk, may leave a part of an entry, behind which all others would be out of step. */
function cutTorn(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size % entryBytes !== 0) truncateSync(path, size - (size % entryBytes));
}

/** Undefined for a file that is missing or empty. */
function readEnds(path: string): { readonly first: IndexEntry; readonly last: IndexEntry } | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < entryBytes) return undefined;
  const file = openSync(path, "r");
  const at = (position: number): IndexEntry => {
    const bytes = Buffer.alloc(entryBytes);
    readSync(file, bytes, 0, entryBytes, position);
    return decodedIndex(bytes).entry(0);
  };
  try {
    return { first: at(0), last: at(size - entryBytes) };
  } finally {
    closeSync(file);
  }
}
