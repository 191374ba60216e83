/** A suite ready to run: its file read, its scripts found. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { readExpectations, readSuite } from "../config/suite-file.ts";
import { isFile } from "../host/extension-places.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import { anyTurn, type Expectations, type ScriptEntry, type SuiteFile } from "../model/suite.ts";
import { argvOf } from "../model/template.ts";
import { checkTasks, type TaskProblem } from "../schedule/check.ts";
import { expectationsFile, scriptsIn, type FoundSuite, type ScriptFile } from "./find.ts";
import { tasksOf } from "./in-order.ts";
import { scriptCommand } from "./script-command.ts";

export interface SuitePlace {
  readonly projectRoot: string;
  /** Of the caller. */
  readonly environment: Readonly<Record<string, string>>;
  readonly nowMs: number;
  readonly problemText: (problem: TaskProblem) => string;
}

export interface LoadedScript extends Pick<ScriptEntry, "name" | "turn"> {
  /** What runs it, or why nothing can. */
  readonly command: readonly string[] | { readonly trouble: string };
  readonly timeoutMs: number;
}

export interface LoadedSuite extends Expectations, Omit<SuiteFile, "scripts" | "directory"> {
  /** Its file, else its folder. */
  readonly config: string;
  /** Where scripts run. */
  readonly directory: string;
  readonly scripts: readonly LoadedScript[];
}

/** Throws a UserError that tells everything wrong with its files. */
export function loadSuite(found: FoundSuite, place: SuitePlace): LoadedSuite {
  const { name } = found;
  const variables = { ...place.environment, ...moment(place.nowMs) };
  const failures: Failure[] = [];
  const file = found.file ?? "";
  const suite = readSuite({ text: found.file === undefined ? "" : readFileSync(file, "utf8"), file, name, variables });
  failures.push(...suite.failures);
  const expectations = expectationsOf(found, variables, failures);
  if (failures.length > 0) throw new UserError(failures);
  const { scripts, directory, ...rest } = suite.value;
  const present = found.folder === undefined ? [] : scriptsIn(found.folder);
  const loaded = (scripts ?? present.map((one): ScriptEntry => ({ name: one.name, turn: anyTurn, place: { file: one.path } }))).map((entry) => loadedScript(entry, suite.value, present, found, place));
  if (loaded.length === 0) throw new UserError({ reason: "configuration_invalid", message: `the suite ${name} has no scripts`, hint: `put files named exp_NAME into ${found.folder ?? join(dirname(file), `suite_${name}`)}, or list them under \`scripts:\`` });
  const all = {
    ...rest,
    config: found.file ?? found.folder ?? "",
    directory: resolve(place.projectRoot, directory),
    scripts: loaded,
    skip: { ...rest.skip, ...expectations.skip },
    expectedFailures: { ...rest.expectedFailures, ...expectations.expectedFailures },
  };
  assertKnown(all);
  assertOrder(all, place);
  return all;
}

/** In UTC, and fit for names of files. */
function moment(nowMs: number): Readonly<Record<"DATE" | "TIME", string>> {
  const now = new Date(nowMs).toISOString();
  return { DATE: now.slice(0, 10), TIME: now.slice(11, 19).replaceAll(":", "-") };
}

function expectationsOf(found: FoundSuite, variables: Readonly<Record<string, string>>, failures: Failure[]): Expectations {
  const file = join(found.folder ?? "", expectationsFile);
  if (found.folder === undefined || !isFile(file)) return { skip: {}, expectedFailures: {} };
  const read = readExpectations({ text: readFileSync(file, "utf8"), file, name: found.name, variables });
  failures.push(...read.failures);
  return read.value;
}

/** A name of the folder's, a path beside the file, or one in the project. */
function loadedScript(entry: ScriptEntry, suite: SuiteFile, present: readonly ScriptFile[], found: FoundSuite, { projectRoot }: SuitePlace): LoadedScript {
  const { name, timeoutMs = suite.timeoutMs, turn } = entry;
  const script = { name, timeoutMs, turn };
  if (entry.command !== undefined) return { ...script, command: argvOf(entry.command) };
  const beside = dirname(found.file ?? found.folder ?? "");
  const path = present.find((one) => one.name === name || basename(one.path) === name)?.path ?? [resolve(beside, name), resolve(projectRoot, name)].find((one) => existsSync(one));
  if (path !== undefined) return { ...script, command: scriptCommand(path) };
  const names = present.map((one) => one.name);
  const nearest = nearestName(name, names);
  throw new UserError({
    reason: "configuration_invalid", message: `there is no script "${name}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`,
    hint: names.length === 0 ? `it is neither beside ${found.file ?? ""} nor in ${projectRoot}` : `known: ${names.join(", ")}; or a path in the project`, place: entry.place,
  });
}

/** An expectation of a script that is not there was meant for another. */
function assertKnown({ scripts, skip, expectedFailures, config }: LoadedSuite): void {
  const names = scripts.map(({ name }) => name);
  const unknown = [...Object.keys(skip), ...Object.keys(expectedFailures)].filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new UserError(unknown.map((name): Failure => {
    const nearest = nearestName(name, names);
    return { reason: "configuration_invalid", message: `something is expected of "${name}", which is no script of the suite${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: `scripts: ${names.join(", ")}`, place: { file: config } };
  }));
}

/** Scripts that wait for each other, or for one that is not there, would never begin. */
function assertOrder({ scripts, workers, config }: LoadedSuite, { problemText }: SuitePlace): void {
  const { problems } = checkTasks(tasksOf(scripts), { pools: { default: workers } });
  if (problems.length === 0) return;
  const hint = `scripts: ${scripts.map(({ name }) => name).join(", ")}`;
  throw new UserError(problems.map((problem): Failure => ({ reason: "configuration_invalid", message: problemText(problem), hint, place: { file: config } })));
}
