/** Workflows as files of the repository: exported by n8n, one or several to a file, in the order of the files' names. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { errorText } from "../host/files.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import type { EffectInput } from "./adapter.ts";
import type { N8nSettings } from "./n8n-settings.ts";

export interface WorkflowFile {
  /** As shown to people. */
  readonly file: string;
  /** The workflow's own, else one that follows from the file's name. */
  readonly id: string;
  readonly name: string;
  /** Whether its triggers and webhooks are to work. */
  readonly isActive: boolean;
  /** What n8n is given. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** In the order in which they are imported. Throws a UserError with everything that is wrong. */
export function readWorkflows({ settings: { workflows }, projectRoot, name }: Pick<EffectInput<N8nSettings>, "settings" | "projectRoot" | "name">): readonly WorkflowFile[] {
  if (workflows === undefined) return [];
  const folder = isAbsolute(workflows) ? workflows : join(projectRoot, workflows);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError({ reason: "prepare_failed", message: `the folder of workflows for ${name} is not there: ${folder}`, hint: `make it, or correct requirements.${name}.workflows, a folder relative to the checkout` });
  }
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")).sort();
  const results = files.flatMap((file) => workflowsIn(join(folder, file), file));
  const failures = [...results.filter((one): one is Failure => "reason" in one), ...repeated(results)];
  if (failures.length > 0) throw new UserError(failures);
  return results.filter((one): one is WorkflowFile => !("reason" in one));
}

function workflowsIn(path: string, file: string): readonly (WorkflowFile | Failure)[] {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    const several: readonly unknown[] = Array.isArray(content) ? content : [content];
    return several.map((one, index) => workflowOf(one, Array.isArray(content) ? `${file}[${index}]` : file));
  } catch (error) {
    return [unusable(file, errorText(error))];
  }
}

/** Of an export only what n8n takes: when and by whom it was made is left behind, and tags are another installation's. */
const taken = ["name", "description", "nodes", "connections", "settings", "staticData", "pinData", "meta"];
const longestId = 36;

function workflowOf(value: unknown, file: string): WorkflowFile | Failure {
  if (typeof value !== "object" || value === null) return unusable(file, "it is no object");
  const fields: Readonly<Record<string, unknown>> = { name: file.replace(/\.json/, ""), ...value };
  const { id = hashOf(file), name, nodes, connections } = fields;
  if (!Array.isArray(nodes)) return unusable(file, "it has no list `nodes`");
  if (typeof connections !== "object" || connections === null || Array.isArray(connections)) return unusable(file, "it has no object `connections`");
  if (typeof name !== "string" || name === "") return unusable(file, `its name is ${JSON.stringify(name)}`);
  if (typeof id !== "string" || id === "" || id.length > longestId) return unusable(file, `its id is ${JSON.stringify(id)}, not a text of 1 to ${longestId} characters`);
  const content = Object.fromEntries(Object.entries(fields).filter(([key]) => taken.includes(key)));
  const isActive = fields["active"] === true;
  return { file, id, name, isActive, content, hash: hashOf({ content, isActive }) };
}

function repeated(results: readonly (WorkflowFile | Failure)[]): readonly Failure[] {
  const seen = new Map<string, string>();
  return results.flatMap((one) => {
    if ("reason" in one) return [];
    const earlier = seen.get(one.id);
    seen.set(one.id, one.file);
    return earlier === undefined ? [] : [unusable(one.file, `it has the id ${one.id}, like ${earlier}`)];
  });
}

function unusable(file: string, because: string): Failure {
  return { reason: "prepare_failed", message: `${file} is no workflow n8n could import: ${because}`, hint: "write it with n8n's export, or take it out of the folder" };
}
