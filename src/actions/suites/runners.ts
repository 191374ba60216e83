/** The table of test runners: how each is recognised, read, asked for a report, and given a few tests alone. Pure. */
import type { SuiteResults, SuiteRunner, TestCase } from "../../model/suite-results.ts";
import { cargoResults } from "../results/cargo.ts";
import { goResults } from "../results/go.ts";
import { jestJsonResults, jestResults } from "../results/jest.ts";
import { junitResults } from "../results/junit-read.ts";
import { nodeSpecResults } from "../results/node-spec.ts";
import { pytestResults } from "../results/pytest.ts";
import { tapResults } from "../results/tap.ts";
import { unittestResults } from "../results/unittest.ts";
import { vitestResults } from "../results/vitest.ts";

/** Words that go into a command: behind this word of it, or at its end. */
export interface Addition {
  readonly after?: string;
  readonly words: readonly string[];
  /** Words of the command that mean the same and more; they have to go. */
  readonly replaces?: (word: string) => boolean;
}

export interface RunnerRow {
  readonly id: SuiteRunner;
  /** What gives it away in a command. */
  readonly program: RegExp;
  readonly read: (output: string) => SuiteResults | undefined;
  /** How it is made to write a file that says more than its output. */
  readonly report?: {
    readonly addition?: (file: string) => Addition;
    readonly environment?: (file: string, caller: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
    readonly read: (text: string) => SuiteResults | undefined;
  };
  /** How it runs these tests alone; undefined where it cannot. */
  readonly only?: (failures: readonly TestCase[]) => Addition;
  /** A form of the command to which `only` cannot be added. */
  readonly notWith?: RegExp;
}

export const runnerTable: readonly RunnerRow[] = [
  {
    id: "pytest", program: /(?:^|[\s/])(?:pytest|py\.test)(?=\s|$)/, read: pytestResults,
    report: {
      // Through whatever calls it: make, uv, a script. The older family names the file of a test.
      environment: (file, caller) => ({ PYTEST_ADDOPTS: `${caller["PYTEST_ADDOPTS"] ?? ""} --junitxml=${quoted(file)} -o junit_family=xunit1`.trim() }),
      read: junitResults,
    },
    only: byName,
  },
  { id: "unittest", program: /(?:^|\s)unittest(?=\s|$)/, read: unittestResults, only: byName, notWith: /\bdiscover\b/ },
  {
    id: "vitest", program: /(?:^|[\s/])vitest(?=\s|$)/, read: vitestResults,
    report: { addition: (file) => ({ words: ["--reporter=default", "--reporter=junit", `--outputFile.junit=${file}`] }), read: junitResults },
    only: (failures) => ({ words: [...filesOf(failures), ...namePattern(failures)] }),
  },
  {
    id: "jest", program: /(?:^|[\s/])jest(?=\s|$)|react-scripts test/, read: jestResults,
    report: { addition: (file) => ({ words: ["--json", `--outputFile=${file}`] }), read: jestJsonResults },
    only: (failures) => ({ words: ["--runTestsByPath", ...filesOf(failures), ...namePattern(failures)] }),
  },
  {
    id: "go", program: /(?:^|[\s/])go test(?=\s|$)/, read: goResults,
    report: { addition: () => ({ after: "test", words: ["-json"] }), read: goResults },
    only: (failures) => ({ words: ["-run", `^(${[...new Set(failures.map(({ name }) => escaped(name.split("/")[0] ?? name)))].join("|")})$`] }),
  },
  { id: "cargo", program: /(?:^|[\s/])cargo (?:\+\S+ )?test(?=\s|$)/, read: cargoResults, only: (failures) => ({ words: ["--", "--exact", ...failures.map(({ name }) => name)] }), notWith: / -- / },
  {
    id: "node", program: /(?:^|[\s/])node\b.* --test(?=\s|$)/, read: (output) => nodeSpecResults(output) ?? tapResults(output),
    report: {
      addition: (file) => ({ after: "--test", words: ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=junit", `--test-reporter-destination=${file}`] }),
      read: junitResults,
    },
    // Node 20 compares the pattern with a test's own name, later versions with the whole.
    only: (failures) => ({ after: "--test", words: failures.map(({ name }) => `--test-name-pattern=${escaped(name.split(" > ").at(-1) ?? name)}$`) }),
  },
  { id: "tap", program: /(?:^|[\s/])(?:tape?|ava|prove|bats)(?=\s|$)/, read: tapResults },
];

/** The runner of a command; by its output, where the command says nothing. */
export function runnerOf(command: string, wish?: string): RunnerRow | undefined {
  return runnerTable.find((row) => (wish === undefined ? row.program.test(command) : row.id === wish));
}

/** Reads output nobody announced. */
export function readAny(output: string): { readonly runner: SuiteRunner; readonly results: SuiteResults } | undefined {
  for (const row of runnerTable) {
    const results = row.read(output);
    if (results !== undefined) return { runner: row.id, results };
  }
  return undefined;
}

/** Words as a shell reads them back. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Names beside the path or module they are in would run all of it. */
function byName(failures: readonly TestCase[]): Addition {
  const isWider = (word: string): boolean => word === "." || failures.some(({ name }) => name === word || [".", "/", "::"].some((sign) => name.startsWith(`${word.replace(/\/$/, "")}${sign}`)));
  return { words: failures.map(({ name }) => name), replaces: isWider };
}

function filesOf(failures: readonly TestCase[]): readonly string[] {
  return [...new Set(failures.flatMap(({ file }) => file ?? []))];
}

/** Both compare with the titles joined by blanks. A file that did not load has no titles. */
function namePattern(failures: readonly TestCase[]): readonly string[] {
  const names = failures.filter(({ name, file }) => name !== file);
  return names.length < failures.length ? [] : ["-t", `(${names.map(({ name }) => escaped(name.replaceAll(" > ", " "))).join("|")})$`];
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
