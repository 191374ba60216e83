import { expect, test } from "vitest";
import { isInRange } from "../../src/model/version-range.ts";

test.each([
  ["*", true], ["", true], ["1.4.2", true], ["=1.4.2", true], ["1.4.3", false], ["1.4", true], ["1.x", true], ["1", true], ["2", false], ["v1.4.2", true],
  ["^1.2", true], ["^1.5.0", false], ["^0.1", false], ["~1.4.0", true], ["~1.3", false], ["~1", true],
  [">=1.0", true], [">= 1.5", false], [">1.4", false], [">1.3", true], ["<2", true], ["<1.4.2", false], ["<=1.4", true], ["<=1.4.1", false],
  [">=1.0 <1.4", false], [">=1.0 <1.5", true], ["0.1 || ^1.4", true], ["0.1 || 2", false], ["1.0 - 1.5", true], ["1.0 - 1.3", false],
])("whether 1.4.2 is in %s", (range, expected) => {
  expect(isInRange("1.4.2", range)).toBe(expected);
});

test.each([["0.1.9", "^0.1", true], ["0.2.0", "^0.1", false], ["0.0.3", "^0.0.3", true], ["0.0.4", "^0.0.3", false], ["0.9.0", "^0", true], ["1.0.0", "^0", false], ["1.0.0-beta.1", ">=1", true]])("what begins with zero: %s in %s", (version, range, expected) => {
  expect(isInRange(version, range)).toBe(expected);
});

test.each(["latest", "1.2.3.4", ">>1", "^", "file:../x", "1 || nonsense"])("%s is no range", (range) => {
  expect(isInRange("1.4.2", range)).toBeUndefined();
});
