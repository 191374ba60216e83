/** What goes is beyond a limit; what is needed and what is a database stays. */
import { expect, test } from "vitest";
import { chosenToPrune, type KeptThing, type NamedThings } from "../../src/model/pruning.ts";

const now = 1_000_000_000_000;
const thing = (kind: KeptThing["kind"], name: string, ageMs: number, bytes = 1, isNeeded?: string): KeptThing => ({ kind, name, paths: [`/${name}`], bytes, atMs: now - ageMs, ...(isNeeded === undefined ? {} : { isNeeded }) });
const limit = { count: 2, ageMs: 100, bytes: 10 };
const limits = { run: limit, action: limit, pack: limit, recording: limit, leftover: { count: 0, ageMs: 0, bytes: 0 }, cache: limit };
const names = (things: readonly KeptThing[], named: NamedThings = {}): readonly string[] => chosenToPrune(things, now, named, limits).removed.map(({ name }) => name);

test("the newest stay, up to a number, an age and a size", () => {
  expect(names([thing("run", "a", 3), thing("run", "b", 1), thing("run", "c", 2)])).toEqual(["a"]);
  expect(names([thing("pack", "old", 101), thing("pack", "new", 99)])).toEqual(["old"]);
  expect(names([thing("cache", "big", 2, 8), thing("cache", "bigger", 1, 9)])).toEqual(["big"]);
  expect(names([thing("leftover", "half", 0)])).toEqual(["half"]);
});

test("what is needed stays, whatever its age", () => {
  expect(names([thing("run", "a", 500, 500, "the latest run"), thing("run", "b", 500)])).toEqual(["b"]);
});

test("databases go only by their name", () => {
  const databases = [thing("data", "Main", 1e9, 1e9), thing("data", "feature", 1e9, 1e9)];
  expect(names(databases)).toEqual([]);
  expect(names(databases, { data: ["feature", "other"] })).toEqual(["feature"]);
});

test("so do snapshots and rescued work, each by a name of its own kind", () => {
  const precious = [thing("snapshot", "Main", 1e9, 1e9), thing("rescued", "Main", 1e9, 1e9), thing("data", "Main", 1e9, 1e9)];
  expect(names(precious)).toEqual([]);
  expect(chosenToPrune(precious, now, { snapshot: ["Main"] }, limits).removed).toEqual([precious[0]]);
});
