/** The actions on projects, as the commands see them. */
import type { MigrationConfig, ServicePlace, SuiteConfig } from "../model/config.ts";
import { bundleSizes, sizeOf } from "./comparison/bundles.ts";
import { answerOf, isSame } from "./comparison/responses.ts";
import { withDeadline } from "../host/deadline.ts";
import { commit, type CommitOrder, type CommitOutcome } from "./delivery/commit.ts";
import { openPr, type PrOrder, type PrOutcome } from "./delivery/pr.ts";
import { ship, type ShipOrder, type ShipOutcome } from "./delivery/ship.ts";
import { review, type Review } from "./delivery/review.ts";
import { inParallel } from "./in-parallel.ts";
import { loggedStep } from "./logged-step.ts";
import { runProgram } from "../host/run-program.ts";
import { openGit } from "../worktrees/git.ts";
import type { ActionPlace } from "./place.ts";
import type { GitPlace } from "./git.ts";
import { ensureQaUser } from "./qa-user.ts";
import { checkoutState, staleness } from "./suites/checkout-state.ts";
import { lastResults, type SavedResults } from "./suites/saved-results.ts";
import { testProject, type TestOrder, type TestOutcome } from "./suites/test-project.ts";

/** What is found in a checkout where nothing is configured. */
export interface Detection {
  readonly detectSuites: (root: string, services: readonly ServicePlace[]) => readonly SuiteConfig[];
  readonly detectMigrations: (root: string, services: readonly ServicePlace[]) => readonly MigrationConfig[];
}

export interface Actions {
  readonly inParallel: typeof inParallel;
  /** Throws a UserError where there is no git, or one that is too old. */
  readonly requireGit: (environment: Readonly<Record<string, string>>) => Promise<void>;
  readonly withDeadline: typeof withDeadline;
  readonly detectSuites: Detection["detectSuites"];
  readonly detectMigrations: Detection["detectMigrations"];
  /** Its output. Throws a UserError with the end of it when it does not succeed. */
  readonly loggedStep: typeof loggedStep;
  readonly test: (order: TestOrder, place: ActionPlace) => Promise<TestOutcome>;
  readonly review: (place: ActionPlace, base: string | undefined) => Promise<Review>;
  readonly commit: (order: CommitOrder, place: ActionPlace) => Promise<CommitOutcome>;
  readonly pr: (order: PrOrder, place: ActionPlace) => Promise<PrOutcome>;
  readonly ship: (order: ShipOrder, place: ActionPlace) => Promise<ShipOutcome>;
  readonly ensureQaUser: typeof ensureQaUser;
  readonly answerOf: typeof answerOf;
  readonly isSame: typeof isSame;
  readonly bundleSizes: typeof bundleSizes;
  readonly sizeOf: typeof sizeOf;
  /** Why results say nothing about a checkout as it is now; undefined when they do. */
  readonly staleness: (saved: SavedResults, place: GitPlace) => Promise<string | undefined>;
  /** Those of the last `test`; undefined when there are none. */
  readonly lastResults: (lastPath: string) => SavedResults | undefined;
}

/** Detection is configuration's business and comes from outside. */
export function createActions(detection: Detection): Actions {
  return {
    inParallel,
    requireGit: async (environment) => void (await openGit({ runProgram, environment })),
    withDeadline, ...detection, loggedStep, test: testProject, lastResults, review, commit, pr: openPr, ship, ensureQaUser, answerOf, isSame, bundleSizes, sizeOf,
    staleness: async ({ checkout }, place) => staleness(checkout, await checkoutState(place)),
  };
}
