/** Pipelines, `.envctl.d/pipelines/NAME.json`: tasks one after another, each with what the one before it wrote as its input. */
import { basename, join } from "node:path";
import type { CommandInput, FlagValue } from "../cli/command.ts";
import { UserError } from "../model/failure.ts";
import { isObject, readObject, readTask, storedPath, taskOf, taskPath, type StoredTask } from "./task-file.ts";

/** One call of `run` for each stage; undefined when the call names no pipeline. Throws a UserError for anything wrong with it. */
export function stagesOf(input: CommandInput, projectRoot: string): readonly CommandInput[] | undefined {
  const word = input.flags["pipeline"];
  if (typeof word !== "string") return undefined;
  const other = ["spec", "function", "all"].find((name) => input.flags[name] !== undefined) ?? (input.passthrough.length > 0 ? "" : undefined);
  if (other !== undefined) throw new UserError({ reason: "usage_invalid", message: `--pipeline and ${other === "" ? "a command behind --" : `--${other}`} exclude each other`, hint: "leave one of them out" });
  const path = storedPath(word, "pipeline", join(projectRoot, ".envctl.d", "pipelines"));
  const { stages } = readObject(path);
  if (!Array.isArray(stages) || stages.length === 0) throw new UserError({ reason: "configuration_invalid", message: `${path}: needs a list of stages`, hint: 'for example "stages": ["build", { "command": "npm test", "name": "test" }]', place: { file: path } });
  const { input: first, ...shared } = input.flags;
  return stages.map((stage: unknown, index) => {
    const { flags, passthrough } = taskIn(stage, path, projectRoot);
    const name = stageName(stage, flags, index);
    const own: Readonly<Record<string, FlagValue>> = index === 0 && first !== undefined ? { input: first } : {};
    return { ...input, flags: { ...flags, ...shared, ...own, name: `${basename(path, ".json")}.${name}` }, passthrough };
  });
}

function taskIn(stage: unknown, path: string, projectRoot: string): StoredTask {
  if (typeof stage === "string") return readTask(taskPath(stage, projectRoot));
  if (isObject(stage)) return taskOf(stage, path);
  throw new UserError({ reason: "configuration_invalid", message: `${path}: a stage is the name of a task, or an object as in a task's file, not ${JSON.stringify(stage)}`, place: { file: path } });
}

function stageName(stage: unknown, flags: StoredTask["flags"], index: number): string {
  const named = flags["name"];
  return typeof named === "string" ? named : typeof stage === "string" ? basename(stage, ".json") : String(index + 1);
}
