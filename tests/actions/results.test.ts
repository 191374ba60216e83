/** Output of real test runners, as they wrote it, and what is read out of it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cargoResults } from "../../src/actions/results/cargo.ts";
import { goResults } from "../../src/actions/results/go.ts";
import { jestJsonResults, jestResults } from "../../src/actions/results/jest.ts";
import { junitResults } from "../../src/actions/results/junit-read.ts";
import { junitXml } from "../../src/actions/results/junit-write.ts";
import { nodeSpecResults } from "../../src/actions/results/node-spec.ts";
import { pytestResults } from "../../src/actions/results/pytest.ts";
import { tapResults } from "../../src/actions/results/tap.ts";
import { unittestResults } from "../../src/actions/results/unittest.ts";
import { vitestResults } from "../../src/actions/results/vitest.ts";
import type { SuiteResults } from "../../src/model/suite-results.ts";

type Read = (text: string) => SuiteResults | undefined;

function recorded(name: string): string {
  return readFileSync(new URL(`recorded/${name}`, import.meta.url), "utf8");
}

/** passed, failed, skipped; then the failures by name with the beginning of what went wrong. */
const readings: readonly (readonly [file: string, read: Read, counts: readonly [number, number, number], failures: readonly string[]])[] = [
  ["pytest.txt", pytestResults, [2, 3, 2], ["test_shop.py::TestCart::test_removes: AssertionError: cart differs", "test_shop.py::test_price[2]: assert 2 == 1", "test_shop.py::test_needs: RuntimeError: no database"]],
  ["pytest-quiet.txt", pytestResults, [2, 3, 2], ["test_shop.py::TestCart::test_removes: AssertionError: cart differs", "test_shop.py::test_price[2]: assert 2 == 1", "test_shop.py::test_needs: RuntimeError: no database"]],
  ["pytest.xml", junitResults, [2, 3, 2], ["test_shop.py::TestCart::test_removes: AssertionError: cart differs", "test_shop.py::test_price[2]: assert 2 == 1", 'test_shop.py::test_needs: failed on setup with "RuntimeError: no database"']],
  ["unittest.txt", unittestResults, [1, 2, 1], ["test_shop.Cart.test_broken: RuntimeError: no database", "test_shop.Cart.test_removes: AssertionError: {'a': 1} != {'a': 2}"]],
  ["unittest-verbose.txt", unittestResults, [1, 2, 1], ["test_shop.Cart.test_broken: RuntimeError: no database", "test_shop.Cart.test_removes: AssertionError: {'a': 1} != {'a': 2}"]],
  ["vitest.txt", vitestResults, [1, 1, 1], ["cart > removes: AssertionError: expected { a: 1 } to deeply equal { a: 2 }"]],
  ["vitest.xml", junitResults, [1, 1, 1], ["cart > removes: expected { a: 1 } to deeply equal { a: 2 }"]],
  ["jest.txt", jestResults, [1, 1, 2], ["math > subtracts: expect(received).toBe(expected) // Object.is equality"]],
  ["jest.json", jestJsonResults, [1, 1, 2], ["math > subtracts: Error: expect(received).toBe(expected) // Object.is equality"]],
  ["go.txt", goResults, [2, 2, 1], ["TestPrice/two: ", "example.com/shop/broken: "]],
  ["go.jsonl", goResults, [1, 2, 1], ["TestPrice/two: cart_test.go:14: want 1, got 2", "example.com/shop/broken: broken.go:3:1: syntax error"]],
  ["cargo.txt", cargoResults, [1, 1, 1], ["tests::removes: assertion `left == right` failed: cart differs"]],
  ["node.tap", tapResults, [3, 1, 2], ["cart > removes: cart differs"]],
  ["node-spec.txt", nodeSpecResults, [3, 1, 2], ["cart > removes: AssertionError [ERR_ASSERTION]: cart differs"]],
  ["node.xml", junitResults, [3, 1, 2], ["removes: cart differs"]],
];

function failuresOf(results: SuiteResults | undefined): readonly string[] {
  return (results?.cases ?? []).filter(({ status }) => status === "failed").map(({ name, message = "" }) => `${name}: ${message.split("\n")[0]}`);
}

describe.each(readings)("%s", (file, read, [passed, failed, skipped], failures) => {
  test("is read with its numbers and its failures", () => {
    const results = read(recorded(file));
    expect(results?.counts).toEqual({ passed, failed, skipped });
    expect(failuresOf(results)).toEqual(failures);
  });

  test("says nothing when it was cut off in the middle", () => {
    const whole = recorded(file);
    const results = read(whole.slice(0, Math.floor(whole.length / 2)));
    expect(results === undefined || results.counts.passed <= passed).toBe(true);
  });
});

test("no reader takes the output of another runner, or of none, for its own", () => {
  const texts = readings.filter(([file]) => /^(?:pytest|unittest|vitest|jest|go|cargo)\.txt$|^node-spec|^node\.tap/.test(file));
  const taken = texts.map(([file]) => [file, readings.filter(([other, read]) => /\.(?:txt|tap)$/.test(other) && read(recorded(file)) !== undefined).map(([, read]) => read.name)]);
  expect(taken.map(([file, names]) => [file, [...new Set(names)]])).toEqual(texts.map(([file, read]) => [file, [read.name]]));
  for (const [, read] of readings) for (const text of ["", "hello\n", "<html></html>", "{}", "not found: ok 1"]) expect([read.name, read(text)]).toEqual([read.name, undefined]);
});

test("a test point that was planned and never came counts as a failure, and so does a bail-out", () => {
  expect(tapResults("1..3\nok 1 - a\nnot ok 2 - b # TODO later\n")?.counts).toEqual({ passed: 1, failed: 1, skipped: 1 });
  expect(failuresOf(tapResults("1..2\nok 1\nBail out! no database\n"))).toEqual(["Bail out! no database: "]);
});

test("a file that does not load is a failure although no test of it ran", () => {
  const text = " FAIL  a.test.ts [ a.test.ts ]\nError: Cannot find module './gone'\n\n Test Files  1 failed (1)\n      Tests  no tests\n";
  expect(vitestResults(text)).toMatchObject({ counts: { passed: 0, failed: 1 }, cases: [{ name: "a.test.ts", message: "Error: Cannot find module './gone'" }] });
  expect(cargoResults("error: could not compile `shop` (lib test) due to 1 previous error\n")?.counts.failed).toBe(1);
});

test("written JUnit XML reads back the same, whatever the messages hold", () => {
  const cases = [
    { name: "a <b> & \"c\"", status: "failed", file: "x.test.ts", durationMs: 12, message: "]]> \u0000\u001b[31m & 'x'\nline 2 ünï 🦊" },
    { name: "later", status: "skipped", file: "x.test.ts" },
    { name: "fine", status: "passed", file: "x.test.ts" },
  ] as const;
  const xml = junitXml([{ name: "unit", durationMs: 40, cases, counts: { passed: 1, failed: 1, skipped: 1 } }]);
  expect(junitResults(xml)).toEqual({ counts: { passed: 1, failed: 1, skipped: 1 }, cases: [{ ...cases[0], message: "]]> [31m & 'x'" }, cases[1], cases[2]] });
  expect(junitResults(xml.slice(0, -20))).toBeUndefined();
});
