/** What the daemon begins by itself, `.envctl.d/autostart/NAME.json` of the repository: a task, a pipeline, or a job of its own. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { FlagValue } from "../cli/command.ts";
import type { AutostartManifest, AutostartPolicy } from "../model/autostart.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { JobDraft } from "../model/job.ts";
import { atOf, durationMs, everyOf } from "../model/timetable.ts";
import type { EngineRuntime } from "../runtime.ts";
import { draftsOf, type DraftWords } from "./job-drafts.ts";
import { pipelineDrafts, pipelineFiles } from "./pipeline-file.ts";
import { readObject, taskOf, taskPath } from "./task-file.ts";

type Values = Readonly<Record<string, unknown>>;
type Place = Pick<EngineRuntime, "checkout" | "discoverProjects">;

const ending = ".json";
const usualBackoffMs = 500;
const usualMax = 5;

/** Every one there is, by name; what is wrong with one is its failure. */
export function autostartManifests(place: Place): readonly AutostartManifest[] {
  const directory = join(place.checkout.repository, ".envctl.d", "autostart");
  const entries = isDirectory(directory) ? readdirSync(directory, { withFileTypes: true }) : [];
  const names = entries.filter((entry) => entry.name.endsWith(ending) && !entry.isDirectory()).map(({ name }) => name);
  return names.sort().map((name) => manifestIn(join(directory, name), name.slice(0, -ending.length), place));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function manifestIn(path: string, name: string, place: Place): AutostartManifest {
  const { repository } = place.checkout;
  const about = { name, path: relative(repository, path) };
  try {
    const written = writtenIn(readObject(path), path);
    const { policy } = written;
    const files = [path, ...filesOf(written, repository)];
    wordsOf(written, path, name, repository);
    return { ...about, contentHash: hashOf(files, repository), policy, drafts: () => draftsIn(path, name, place) };
  } catch (error) {
    const failure: Failure = (error instanceof UserError ? error.failures[0] : undefined) ?? { reason: "configuration_invalid", message: `${path}: ${error instanceof Error ? error.message : String(error)}` };
    return { ...about, contentHash: hashOf(existsSync(path) ? [path] : [], repository), failure, drafts: async () => [] };
  }
}

/** Read anew each time: what a task says by then is what is begun. */
async function draftsIn(path: string, name: string, place: Place): Promise<readonly JobDraft[]> {
  const words = wordsOf(writtenIn(readObject(path), path), path, name, place.checkout.repository);
  const drafts = (await pipelineDrafts(words, place)) ?? (await draftsOf(words, place));
  return drafts.map((draft) => ({ ...draft, autostart: name }));
}

/** A manifest taken apart. */
interface Written {
  readonly policy: AutostartPolicy;
  readonly task: string | undefined;
  readonly pipeline: string | undefined;
  readonly projects: Readonly<Record<string, FlagValue>>;
  /** As in a task's file. */
  readonly own: Values;
}

function writtenIn({ mode, backoff, max, every, at, task, pipeline, project, all, ...own }: Values, path: string): Written {
  const [taskName, pipelineName, projectName] = [nameIn("task", task, path), nameIn("pipeline", pipeline, path), nameIn("project", project, path)];
  if (pipelineName !== undefined && (taskName !== undefined || all !== undefined || Object.keys(own).length > 0)) throw wrong(path, "a pipeline stands alone", "write into its own file what its stages need");
  if (all !== undefined && typeof all !== "boolean") throw wrong(path, `all must be true or false, not ${JSON.stringify(all)}`);
  return {
    policy: policyOf({ mode, backoff, max, every, at }, path),
    task: taskName,
    pipeline: pipelineName,
    projects: { ...(all === true ? { all } : {}), ...(projectName === undefined ? {} : { project: projectName }) },
    own,
  };
}

function policyOf({ mode, backoff, max, every, at }: Values, path: string): AutostartPolicy {
  if (every !== undefined || at !== undefined) {
    const timetable = every === undefined ? atOf(at) : everyOf(every);
    if (mode !== undefined || (every !== undefined && at !== undefined)) throw wrong(path, "mode, every and at exclude each other");
    if (timetable !== undefined) return { mode: "timed", timetable };
    throw every === undefined ? wrong(path, `at must be a time of day, not ${JSON.stringify(at)}`, 'for example "03:00", "mon,fri 09:30", or a list of such') : wrong(path, `every must be from a second to ten years, not ${JSON.stringify(every)}`, 'for example "90s", "10m", "1d"');
  }
  if (mode === undefined || mode === "once") {
    if (backoff === undefined && max === undefined) return { mode: "once" };
    throw wrong(path, 'backoff and max belong to "mode": "ensure"');
  }
  if (mode !== "ensure") throw wrong(path, `mode must be once or ensure, not ${JSON.stringify(mode)}`);
  const backoffMs = backoff === undefined ? usualBackoffMs : durationMs(backoff);
  if (backoffMs === undefined) throw wrong(path, `backoff must be a duration, not ${JSON.stringify(backoff)}`, 'for example 0.5 or "2s"');
  if (max !== undefined && !(typeof max === "number" && Number.isInteger(max) && max >= 0)) throw wrong(path, `max must be a whole number from 0, not ${JSON.stringify(max)}`);
  return { mode, backoffMs, max: max ?? usualMax };
}

function wordsOf({ task, pipeline, projects, own }: Written, path: string, name: string, repository: string): DraftWords {
  if (pipeline !== undefined) return { flags: { ...projects, pipeline }, passthrough: [] };
  const { flags, passthrough } = taskOf(task === undefined ? own : { ...readObject(taskPath(task, repository)), ...own }, path);
  return { flags: { name, ...flags, ...projects }, passthrough };
}

function filesOf({ task, pipeline }: Written, repository: string): readonly string[] {
  if (pipeline !== undefined) return pipelineFiles(pipeline, repository);
  return task === undefined ? [] : [taskPath(task, repository)];
}

/** With their names: the same words mean something else in another file. */
function hashOf(files: readonly string[], repository: string): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${relative(repository, file)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** No path: the daemon stands nowhere. */
function nameIn(key: string, value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "" && (key === "project" || (!value.includes("/") && !value.endsWith(ending)))) return value;
  throw wrong(path, `${key} must be the name of a ${key}, not ${JSON.stringify(value)}`);
}

function wrong(path: string, message: string, hint?: string): UserError {
  return new UserError({ reason: "configuration_invalid", message: `${path}: ${message}`, place: { file: path }, ...(hint === undefined ? {} : { hint }) });
}
