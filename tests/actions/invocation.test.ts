/** How a suite's command is made to report, and to run a few tests alone. */
import { describe, expect, test } from "vitest";
import { decidingText, scriptOf, withAddition } from "../../src/actions/suites/invocation.ts";
import { runnerOf } from "../../src/actions/suites/runners.ts";
import type { CommandText } from "../../src/model/config.ts";
import type { TestCase } from "../../src/model/suite-results.ts";

const failures: readonly TestCase[] = [{ name: "cart > removes (all)", file: "src/cart.test.ts", status: "failed" }, { name: "cart > adds", file: "src/cart.test.ts", status: "failed" }];

test.each([
  ["npm test", "vitest run", "vitest"], ["npm run unit", "tsc && jest --ci", "jest"], [".venv/bin/python -m pytest -q", undefined, "pytest"], ["uv run pytest", undefined, "pytest"], ["python -m unittest discover", undefined, "unittest"],
  ["go test ./...", undefined, "go"], ["cargo test --workspace", undefined, "cargo"], ["node --import x --test", undefined, "node"], ["make check", undefined, undefined], ["pytestify", undefined, undefined], ["node test.mjs", undefined, undefined],
])("%j with the script %j is run by %s", (command, script, runner) => expect(runnerOf(decidingText(command, script))?.id).toBe(runner));

test.each([["npm test", "test"], ["npm run unit -- --x", "unit"], ["yarn test", "test"], ["pnpm run a", "a"], ["npx vitest", undefined], [["npm", "t"], "test"], ["npm ci", undefined]] as const)("%j runs the script %j", (command, script) => {
  expect(scriptOf(command as CommandText)).toBe(script);
});

describe("words are added", () => {
  test.each([
    ["npm test", "vitest run", undefined, ["npm", "test", "--", "--x", "a b"]],
    ["npm test -- --y", "vitest run", undefined, ["npm", "test", "--", "--y", "--x", "a b"]],
    ["pnpm test", "tsc && vitest run", undefined, ["pnpm", "test", "--x", "a b"]],
    ["vitest run", undefined, undefined, ["vitest", "run", "--x", "a b"]],
    ["CI=1 vitest run", undefined, undefined, "CI=1 vitest run --x 'a b'"],
    ["go test ./...", undefined, "test", ["go", "test", "--x", "a b", "./..."]],
    ["node --test 'a b.mjs'", undefined, "--test", ["node", "--test", "--x", "a b", "a b.mjs"]],
    ["A=1 node --test src", undefined, "--test", "A=1 node --test --x 'a b' src"],
  ] as const)("to %j (script %j)", (command, script, after, expected) => {
    expect(withAddition(command, script, { words: ["--x", "a b"], ...(after === undefined ? {} : { after }) })).toEqual(expected);
  });

  test.each([["vitest run | tee out", undefined], ["vitest run > out", undefined], ["vitest run &", undefined], ["(vitest run)", undefined], ["npm test", "vitest run | tee out"], ["npm test", "vitest run || true"]])("never where they would go astray: %j (script %j)", (command, script) => {
    expect(withAddition(command, script, { words: ["--x"] })).toBeUndefined();
  });

  test("nor behind a word of a script that only its manager knows", () => expect(withAddition("npm test", "node --test", { after: "--test", words: ["--x"] })).toBeUndefined());
});

test.each([
  ["pytest", "pytest", ["cart > removes (all)", "cart > adds"]],
  ["vitest", "vitest run", ["src/cart.test.ts", "-t", String.raw`(cart removes \(all\)|cart adds)$`]],
  ["jest", "jest", ["--runTestsByPath", "src/cart.test.ts", "-t", String.raw`(cart removes \(all\)|cart adds)$`]],
  ["cargo", "cargo test", ["--", "--exact", "cart > removes (all)", "cart > adds"]],
  ["node", "node --test", [String.raw`--test-name-pattern=removes \(all\)$`, "--test-name-pattern=adds$"]],
])("%s runs failures alone", (_, command, words) => expect(runnerOf(` ${command} `)?.only?.(failures).words).toEqual(words));

test("a file that does not load is run as a whole, and go runs a subtest's parent", () => {
  expect(runnerOf("vitest run")?.only?.([{ name: "a.test.ts", file: "a.test.ts", status: "failed" }]).words).toEqual(["a.test.ts"]);
  expect(runnerOf("go test ./...")?.only?.([{ name: "TestA/one", status: "failed" }, { name: "TestA/two", status: "failed" }, { name: "TestB", status: "failed" }]).words).toEqual(["-run", "^(TestA|TestB)$"]);
});

test.each([
  ["pytest -q tests/unit -c tests", ["pytest", "-q", "-c", "tests", "tests/unit/test_a.py::test_one"]],
  ["pytest . other", ["pytest", "other", "tests/unit/test_a.py::test_one"]],
  ["cd api && pytest", "cd api && pytest tests/unit/test_a.py::test_one"],
  ["cd api && pytest tests", undefined],
])("a name takes the place of the path it is in: %j", (command, expected) => {
  const addition = runnerOf("pytest")?.only?.([{ name: "tests/unit/test_a.py::test_one", status: "failed" }]) ?? { words: [] };
  expect(withAddition(command, undefined, addition)).toEqual(expected);
});
