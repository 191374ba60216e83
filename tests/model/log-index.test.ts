import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteSince, decodedIndex, encodedEntries, entryBytes, indexFaults, nextEntry, positionOfByte, rebasedEntries, type IndexEntry } from "../../src/model/log-index.ts";
import { keptPieces, liveStartOf, partFaults, piecesAmong } from "../../src/model/log-pieces.ts";

interface Step {
  readonly grownBytes: number;
  /** Of the wall clock, which may be set back. */
  readonly passedMs: number;
}

/** An index as a daemon would make it. */
function indexOf(steps: readonly Step[]): readonly IndexEntry[] {
  const entries: IndexEntry[] = [{ offset: 0, fromMs: 1000, toMs: 1000 }];
  let nowMs = 1000;
  for (const { grownBytes, passedMs } of steps) {
    const last = entries.at(-1) ?? { offset: 0, fromMs: 0, toMs: 0 };
    const sinceMs = nowMs;
    nowMs += passedMs;
    entries.push(nextEntry(last, { sizeBytes: last.offset + grownBytes, sinceMs, nowMs }));
  }
  return entries;
}

const anyIndex = fc.array(fc.record({ grownBytes: fc.integer({ min: 1, max: 50 }), passedMs: fc.integer({ min: -200, max: 400 }) }), { maxLength: 60 }).map(indexOf);

describe("an index", () => {
  test("is in order whatever the clock does", () => {
    fc.assert(fc.property(anyIndex, (entries) => indexFaults(decodedIndex(encodedEntries(entries))).length === 0));
  });

  test("is read back as it was written, a torn end left out", () => {
    fc.assert(
      fc.property(anyIndex, fc.integer({ min: 0, max: entryBytes - 1 }), (entries, torn) => {
        const index = decodedIndex(Buffer.concat([encodedEntries(entries), Buffer.alloc(torn, 1)]));
        expect(Array.from({ length: index.count }, (_, position) => index.entry(position))).toEqual(entries);
      }),
    );
  });

  test("is searched with the result of a linear scan", () => {
    fc.assert(
      fc.property(anyIndex, fc.integer({ min: -5, max: 3000 }), fc.integer({ min: 0, max: 12_000 }), (entries, byte, sinceMs) => {
        const index = decodedIndex(encodedEntries(entries));
        const covering = entries.findIndex((entry) => entry.offset > byte);
        expect(positionOfByte(index, byte)).toBe(covering === -1 ? entries.length : covering);
        // Every byte of an entry that reaches to that time or beyond.
        const first = entries.findIndex((entry) => entry.toMs >= sinceMs);
        expect(byteSince(index, sinceMs)).toBe((first === -1 ? entries.at(-1) : entries[first - 1])?.offset ?? 0);
      }),
    );
  });

  test("says the same about every byte that is left after older ones were dropped", () => {
    fc.assert(
      fc.property(anyIndex, fc.double({ min: 0, max: 1, noNaN: true }), (entries, share) => {
        const size = entries.at(-1)?.offset ?? 0;
        const base = Math.floor(size * share);
        const before = decodedIndex(encodedEntries(entries));
        const rebased = rebasedEntries(before, base);
        const after = decodedIndex(encodedEntries(rebased));
        expect([rebased[0]?.offset, indexFaults(after)]).toEqual([base, []]);
        for (let byte = base; byte < size; byte += 1) expect(after.entry(positionOfByte(after, byte))).toEqual(before.entry(positionOfByte(before, byte)));
      }),
    );
  });

  test("that goes back is told so", () => {
    const entries = [{ offset: 0, fromMs: 5, toMs: 5 }, { offset: 10, fromMs: 9, toMs: 7 }, { offset: 8, fromMs: 3, toMs: 6 }];
    expect(indexFaults(decodedIndex(encodedEntries(entries)))).toEqual(["entry 1 of its index ends before it begins", "entry 2 of its index goes back from byte 10 to 8", "entry 2 of its index goes back in time"]);
  });
});

describe("the pieces of a log", () => {
  const pieces = piecesAmong(["api.log", "api.log.index", "api.log.100-250", "api.log.0-100", "api.log.0-100.tmp", "other.log.0-5", "api.log.5"], "api.log");

  test("are known by their names", () => {
    expect(pieces).toEqual([{ start: 0, end: 100 }, { start: 100, end: 250 }]);
    expect([liveStartOf(0, pieces), liveStartOf(7, []), keptPieces(pieces, 1), keptPieces(pieces, 0)]).toEqual([250, 7, [{ start: 100, end: 250 }], []]);
  });

  const whole = pieces.map((piece) => ({ ...piece, sizeBytes: piece.end - piece.start }));

  test.each([
    ["all there", { sizeBytes: 300, base: 0, pieces: whole }, []],
    ["no pieces", { sizeBytes: 300, base: 20, pieces: [] }, []],
    ["the first gone", { sizeBytes: 300, base: 0, pieces: whole.slice(1) }, ["bytes 0 to 100 are missing: the piece that held them is gone"]],
    ["the first dropped", { sizeBytes: 300, base: 100, pieces: whole.slice(1) }, []],
    ["one twice", { sizeBytes: 300, base: 0, pieces: [...whole, { start: 200, end: 260, sizeBytes: 60 }] }, ["bytes 200 to 250 are there twice"]],
    ["one short", { sizeBytes: 300, base: 0, pieces: [{ start: 0, end: 100, sizeBytes: 99 }] }, ["the piece 0-100 holds 99 bytes instead of 100"]],
    ["a file cut off", { sizeBytes: 200, base: 0, pieces: whole }, ["the file ends at byte 200, before the pieces do (250)"]],
  ])("%s", (_name, parts, faults) => expect(partFaults(parts)).toEqual(faults));
});
