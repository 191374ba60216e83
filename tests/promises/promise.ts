/** What the program promises, and the tests that show it. `scripts/proofs.mjs` holds it against the report of a test run. */

/**
 * Names tests: a path below `tests/`, then ` > ` and how the test's own name (after those of its groups) begins; a path alone
 * means every test of the file.
 */
export type TestReference = string;

/** A feature, in the words of somebody who uses it. */
export interface Feature {
  readonly id: string;
  readonly says: string;
  readonly tests: readonly TestReference[];
}
