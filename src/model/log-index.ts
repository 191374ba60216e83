/** The time index of a log: which of its bytes were written when. Entries have a fixed size, so it is searched where it lies. Pure. */

/**
 * The bytes from the entry before up to `offset` were written between `fromMs` and `toMs`, epoch milliseconds. The first
 * entry of an index covers what was dropped by rule; at the beginning of a log that is nothing.
 */
export interface IndexEntry {
  readonly offset: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Entries wherever they are: in memory, or in a file of which only the few that are asked for are read. */
export interface LogIndex {
  readonly count: number;
  entry(position: number): IndexEntry;
}

/** Three numbers of 64 bits, little-endian. */
export const entryBytes = 24;

/** The stored form of entries. */
export function encodedEntries(entries: readonly IndexEntry[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(entries.length * entryBytes));
  for (const [position, { offset, fromMs, toMs }] of entries.entries()) {
    for (const [part, value] of [offset, fromMs, toMs].entries()) view.setFloat64(position * entryBytes + part * 8, value, true);
  }
  return new Uint8Array(view.buffer);
}

/** The index in these bytes; a torn entry at their end is left out. */
export function decodedIndex(bytes: Uint8Array): LogIndex {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const part = (position: number, number: number): number => view.getFloat64(position * entryBytes + number * 8, true);
  return {
    count: Math.floor(bytes.byteLength / entryBytes),
    entry: (position) => ({ offset: part(position, 0), fromMs: part(position, 1), toMs: part(position, 2) }),
  };
}

/** Position of the entry that covers a byte; `count` when it is not indexed. */
export function positionOfByte(index: LogIndex, byte: number): number {
  return firstPosition(index, (entry) => entry.offset > byte);
}

/** The first byte that may have been written at `sinceMs` or later. */
export function byteSince(index: LogIndex, sinceMs: number): number {
  const position = firstPosition(index, (entry) => entry.toMs >= sinceMs);
  return position === 0 ? 0 : index.entry(position - 1).offset;
}

/** Binary search: the first position for which `holds`, given that it holds for all after it too. */
function firstPosition(index: LogIndex, holds: (entry: IndexEntry) => boolean): number {
  let low = 0;
  let high = index.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(index.entry(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A log was looked at: the bytes beyond the last entry were not there at `sinceMs` and are at `nowMs`. */
export interface LogLook {
  readonly sizeBytes: number;
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** What a look adds behind `last`. A clock that was set back makes the interval wide, since both times may be meant; the ends of intervals never go back. */
export function nextEntry(last: IndexEntry, look: LogLook): IndexEntry {
  return { offset: look.sizeBytes, fromMs: Math.min(look.sinceMs, look.nowMs), toMs: Math.max(last.toMs, look.nowMs) };
}

/** An index that is not empty after the bytes before `base` were dropped. */
export function rebasedEntries(index: LogIndex, base: number): readonly IndexEntry[] {
  const position = Math.min(positionOfByte(index, base - 1), index.count - 1);
  const later = Array.from({ length: index.count - position }, (_, number) => index.entry(position + number)).filter((entry) => entry.offset > base);
  return [{ offset: base, fromMs: index.entry(0).fromMs, toMs: index.entry(position).toMs }, ...later];
}

/** What is wrong with an index, in words. */
export function indexFaults(index: LogIndex): readonly string[] {
  const faults: string[] = [];
  for (let position = 0; position < index.count; position += 1) {
    const entry = index.entry(position);
    const before = position === 0 ? undefined : index.entry(position - 1);
    if (entry.fromMs > entry.toMs) faults.push(`entry ${position} of its index ends before it begins`);
    if (before !== undefined && entry.offset <= before.offset) faults.push(`entry ${position} of its index goes back from byte ${before.offset} to ${entry.offset}`);
    if (before !== undefined && entry.toMs < before.toMs) faults.push(`entry ${position} of its index goes back in time`);
  }
  return faults;
}
