/** Suites as the command sees them. */
import { writeFileSync } from "node:fs";
import { endMarked } from "../host/end-marked.ts";
import { errorText, makeDirectory } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import type { ProcessTable } from "../host/process-row.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { ScriptResult } from "../model/suite.ts";
import type { TaskProblem } from "../schedule/check.ts";
import type { SkipReason } from "../schedule/task.ts";
import { findSuites, suiteDirectories, suiteMeant, type FoundSuite } from "./find.ts";
import { inOrder, type ScriptCrew, type ScriptOrder } from "./in-order.ts";
import { suiteJunit } from "./junit.ts";
import { loadSuite, type LoadedSuite } from "./load.ts";
import { outputTail, runScript } from "./run-script.ts";
import { saveRun, unfinishedRun, type SavedRun } from "./saved-run.ts";

export interface Suites {
  /** Sorted by name. */
  readonly list: () => readonly FoundSuite[];
  /** By name, file or path. Throws a UserError for one that is not there, or with mistakes. */
  readonly load: (word: string) => LoadedSuite;
  /** In the order of what they require; see `in-order`. */
  readonly inOrder: (order: ScriptOrder, crew: Omit<ScriptCrew, "skipReason">) => Promise<void>;
  readonly runScript: typeof runScript;
  /** The last lines of an output. */
  readonly outputTail: typeof outputTail;
  readonly save: (run: SavedRun) => void;
  /** The latest run of the suite, unless it came to its end. */
  readonly unfinished: (config: string) => SavedRun | undefined;
  /** Why it could not be written; undefined when it was. */
  readonly writeJunit: (path: string, suite: string, results: readonly ScriptResult[]) => Failure | undefined;
  /** Ends what the scripts of a run have left outside of their sessions. */
  readonly endLeft: (id: string) => Promise<void>;
  /** For what scripts write. Throws a UserError where it cannot be. */
  readonly makeDirectory: (path: string) => void;
}

export interface SuitesPlace {
  /** The checkout the caller stands in. */
  readonly projectRoot: string;
  /** Directory of all runs. */
  readonly runs: string;
  readonly host: Host;
  readonly table: ProcessTable;
  readonly words: { readonly problem: (problem: TaskProblem) => string; readonly skip: (because: SkipReason, statusOf: (name: string) => string) => string };
}

export function createSuites({ projectRoot, runs, host, table, words }: SuitesPlace): Suites {
  const directories = suiteDirectories(projectRoot, host.environment);
  const { isRoot } = host.machine;
  const environment = Object.fromEntries(Object.entries(host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
  return {
    list: () => findSuites(directories),
    load: (word) => loadSuite(suiteMeant(word, directories), { projectRoot, environment, nowMs: host.clock.now(), problemText: words.problem }),
    inOrder: (order, crew) => inOrder(order, { ...crew, skipReason: words.skip }),
    runScript,
    outputTail,
    save: (run) => saveRun(runs, run, isRoot),
    unfinished: (config) => unfinishedRun(runs, config),
    writeJunit: (path, suite, results) => written(path, suiteJunit(suite, results)),
    endLeft: (id) => endMarked((mark) => mark.endsWith(`/${id}`), table, host.clock),
    makeDirectory: (path) => made(path, isRoot),
  };
}

function made(path: string, isRoot: boolean): void {
  try {
    makeDirectory(path, isRoot);
  } catch (error) {
    throw new UserError({ reason: "state_unwritable", message: `there is no room for outputs: ${path} cannot be made: ${errorText(error)}`, hint: "`log_dir` of the suite names where they go" });
  }
}

/** In its place, since it may be a device such as /dev/stdout, which no file may replace. */
function written(path: string, text: string): Failure | undefined {
  try {
    writeFileSync(path, text);
    return undefined;
  } catch (error) {
    return { reason: "state_unwritable", message: `${path} cannot be written: ${errorText(error)}`, hint: "name another file with --junit; the results are in the report" };
  }
}
