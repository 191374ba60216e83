/**
 * Pipelines, `.envctl.d/pipelines/NAME.json`: tasks one after another, each with what the one before it wrote as its input. A
 * stage may fan out, over items or over every project; the next one joins what all of them wrote.
 */
import { basename, join } from "node:path";
import type { FlagValue } from "../cli/command.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { JobDraft } from "../model/job.ts";
import { batchOf, draftsOf, type DraftWords } from "./job-drafts.ts";
import type { EngineRuntime } from "../runtime.ts";
import { isObject, readObject, storedPath, taskOf, taskPath } from "./task-file.ts";

type Values = Readonly<Record<string, unknown>>;

/** Every job of it, in the order of its stages; undefined when the call names no pipeline. Throws a UserError for anything wrong with it. */
export async function pipelineDrafts(input: DraftWords, runtime: Pick<EngineRuntime, "checkout" | "discoverProjects">): Promise<readonly JobDraft[] | undefined> {
  const word = input.flags["pipeline"];
  if (typeof word !== "string") return undefined;
  const drafts: JobDraft[] = [];
  let before: readonly number[] = [];
  for (const stage of stagesOf(word, input, runtime.checkout.projectRoot)) {
    const made = await stageDrafts(stage, runtime);
    const first = drafts.length;
    const follows = before;
    drafts.push(...made.map((draft) => ({ ...draft, ...(follows.length === 0 ? {} : { follows }) })));
    before = made.map((_, index) => first + index);
  }
  return drafts;
}

/** Paths of the files a pipeline is made of. Throws a UserError for one that is not there. */
export function pipelineFiles(word: string, projectRoot: string): readonly string[] {
  const path = pipelinePath(word, projectRoot);
  const tasks = stagesIn(path, readObject(path)).flatMap((stage) => (typeof stage === "string" ? stage : isObject(stage) && typeof stage["task"] === "string" ? stage["task"] : []));
  return [path, ...new Set(tasks.map((task) => taskPath(task, projectRoot)))];
}

interface Stage extends DraftWords {
  /** What it is done for, each in a job of its own. */
  readonly foreach: "projects" | readonly string[] | undefined;
}

function stagesOf(word: string, input: DraftWords, projectRoot: string): readonly Stage[] {
  const other = ["spec", "function", "all"].find((name) => input.flags[name] !== undefined) ?? (input.passthrough.length > 0 ? "" : undefined);
  if (other !== undefined) throw new UserError({ reason: "usage_invalid", message: `--pipeline and ${other === "" ? "a command behind --" : `--${other}`} exclude each other`, hint: "leave one of them out" });
  const path = pipelinePath(word, projectRoot);
  const file = readObject(path);
  const defaults = file["defaults"] ?? {};
  if (!isObject(defaults)) throw wrong(path, `defaults must be an object as in a task's file, not ${JSON.stringify(defaults)}`);
  const { input: first, ...shared } = input.flags;
  return stagesIn(path, file).map((value, index) => {
    const described = stageIn(value, path, projectRoot);
    const { flags, passthrough } = taskOf({ ...defaults, ...described.task }, described.path);
    const name = flags["name"] ?? described.name ?? String(index + 1);
    const own: Readonly<Record<string, FlagValue>> = index === 0 && first !== undefined ? { input: first } : {};
    const foreach = foreachIn(described.foreach, path);
    return { flags: { ...flags, ...shared, ...own, name: `${basename(path, ".json")}.${String(name)}`, ...(foreach === "projects" ? { all: true } : {}) }, passthrough, foreach };
  });
}

function stagesIn(path: string, { stages, defaults: _defaults, ...others }: Values): readonly unknown[] {
  const [unknownKey] = Object.keys(others);
  if (unknownKey !== undefined) throw wrong(path, `unknown key "${unknownKey}"`, "known keys: stages, defaults");
  if (Array.isArray(stages) && stages.length > 0) return stages;
  throw wrong(path, "needs a list of stages", 'for example "stages": ["build", { "command": "npm test", "name": "test" }]');
}

interface DescribedStage {
  readonly task: Values;
  readonly foreach: unknown;
  /** Where its task is written down. */
  readonly path: string;
  readonly name?: string;
}

function stageIn(stage: unknown, path: string, projectRoot: string): DescribedStage {
  if (typeof stage === "string") return { task: readObject(taskPath(stage, projectRoot)), foreach: undefined, path: taskPath(stage, projectRoot), name: basename(stage, ".json") };
  if (!isObject(stage)) throw wrong(path, `a stage is the name of a task, or an object as in a task's file, not ${JSON.stringify(stage)}`);
  const { task: named, foreach, ...own } = stage;
  if (named === undefined) return { task: own, foreach, path };
  if (typeof named !== "string") throw wrong(path, `task must be the name of a task, not ${JSON.stringify(named)}`);
  return { task: { ...readObject(taskPath(named, projectRoot)), ...own }, foreach, path, name: basename(named, ".json") };
}

function foreachIn(value: unknown, path: string): Stage["foreach"] {
  if (value === undefined || value === "projects") return value;
  const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" || typeof one === "number");
  if (isList) return value.map(String);
  throw wrong(path, `foreach must be "projects" or a list of texts, not ${JSON.stringify(value)}`);
}

async function stageDrafts({ foreach, ...words }: Stage, runtime: Pick<EngineRuntime, "checkout" | "discoverProjects">): Promise<readonly JobDraft[]> {
  const drafts = await draftsOf(words, runtime);
  if (foreach === undefined || foreach === "projects") return drafts;
  const batch = batchOf(words);
  return drafts.flatMap((draft) => foreach.map((item) => ({ ...draft, batch, name: `${draft.name ?? ""}.${item}`, env: { ...draft.env, ENVCTL_ITEM: item } })));
}

function pipelinePath(word: string, projectRoot: string): string {
  return storedPath(word, "pipeline", join(projectRoot, ".envctl.d", "pipelines"));
}

function wrong(path: string, message: string, hint?: string): UserError {
  const failure: Failure = { reason: "configuration_invalid", message: `${path}: ${message}`, place: { file: path }, ...(hint === undefined ? {} : { hint }) };
  return new UserError(failure);
}
