/** What templates of a service may hold beside values of the project: variables of the caller, in the form a shell has them. */
import type { Origin } from "../model/config.ts";
import type { Failure, Place } from "../model/failure.ts";
import { expandTemplate, type TemplateProblem } from "../model/template.ts";
import type { ProjectInput } from "./desired.ts";

type Values = (name: string) => string | undefined;

export interface TemplateText {
  readonly text: string;
  /** `services.backend.env.MODE`. */
  readonly key: string;
  readonly port: number | undefined;
}

/** Where these stand, no program gets to see the text before its variables are put in. Commands are the shell's own, which has more. */
const withVariables = /\.(?:env\.[^.]+|public_url|health_url)$/;
const variable = /^\s*(?:env\.)?([A-Za-z_]\w*)(?:(:-|:\?)([\s\S]*))?\s*$/;
/** Given to the unit itself; the caller's is another. */
const ownVariables = ["PORT"];

/** The text with every hole filled; what could not be is added to `failures`, with its place. */
export function filledTemplate({ text, key, port }: TemplateText, values: Values, input: ProjectInput, failures: Failure[]): string {
  const result = expandTemplate(text, withVariables.test(key) ? (name) => values(name) ?? callerVariable(name, values, port) : values, port);
  failures.push(...result.problems.map((problem) => templateFailure(problem, key, input)));
  return result.text;
}

/** `NAME`, `NAME:-default` and `NAME:?message`, also with `env.` before them. */
function callerVariable(name: string, values: Values, port: number | undefined): string | undefined {
  const [, own, sign, word = ""] = variable.exec(name) ?? [];
  if (own === undefined || ownVariables.includes(own)) return undefined;
  const value = values(`env.${own}`);
  if (value !== undefined && (value !== "" || sign === undefined)) return value;
  if (sign !== ":-" || (port === undefined && word.includes("{port}"))) return undefined;
  return word.replaceAll("{port}", String(port));
}

function templateFailure({ name, message }: TemplateProblem, key: string, { fact, config, requirements, origins }: ProjectInput): Failure {
  const place = placeOf(origins?.[key]);
  return { reason: "configuration_invalid", message: `${key} of ${fact.name}: ${message}`, hint: hintOf(name, key, config, requirements), ...(place === undefined ? {} : { place }) };
}

function hintOf(name: string, key: string, config: ProjectInput["config"], requirements: ProjectInput["requirements"]): string {
  const [, own] = variable.exec(name) ?? [];
  if (own !== undefined && ownVariables.includes(own)) return "write {port} for the unit's own port";
  if (own !== undefined && (withVariables.test(key) || name.trim().startsWith("env."))) return `set it first: \`export ${own}=…\`; ${withVariables.test(key) ? `give it a default: \${${own}:-…}; ` : ""}or correct ${key}`;
  const names = [...Object.keys(requirements).map((one) => `${one}.url`), ...Object.keys(config.services).map((one) => `services.${one}.url`)];
  return `known values: {port}, ${[...names, "project.name", "project.root", "env.NAME"].map((one) => `\${${one}}`).join(", ")}; write $\${ for a literal \${`;
}

function placeOf(origin: Origin | undefined): Place | undefined {
  if (origin?.file === undefined) return undefined;
  return { file: origin.file, ...(origin.line === undefined ? {} : { line: origin.line }), ...(origin.column === undefined ? {} : { column: origin.column }) };
}
