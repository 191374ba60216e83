import { expect, test } from "vitest";
import { fitsWildcard } from "../../src/model/wildcard.ts";

test("a star is any text, also none, and everything else is itself", () => {
  const fits = (pattern: string, ...texts: readonly string[]): readonly boolean[] => texts.map((text) => fitsWildcard(pattern, text));
  expect(fits("Main/*", "Main/", "Main/web", "Other/web", "xMain/web")).toEqual([true, true, false, false]);
  expect(fits("*/web", "Main/web", "Main/web2", "web")).toEqual([true, false, false]);
  expect(fits("a*b*c", "abc", "a-b-b-c", "acb", "ab")).toEqual([true, true, false, false]);
  expect(fits("ab*ba", "aba", "abba")).toEqual([false, true]);
  expect(fits("a.c", "a.c", "abc")).toEqual([true, false]);
  expect([...fits("", "", "a"), ...fits("*", "", "a\nb")]).toEqual([true, false, true, true]);
});

test("one of many stars is answered at once", () => {
  expect(fitsWildcard(`${"*".repeat(500)}X`, "Main/a-service-of-many-words")).toBe(false);
});
