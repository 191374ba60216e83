/** Holds what a command wrote with `--json` against its contract: the rig does so with every answer that any test gets. */
import { parseArguments } from "../../src/cli/parse.ts";
import { commands } from "../../src/commands/table.ts";
import { lineSchemas } from "../../src/contracts/lines.ts";
import type { Outcome } from "../rig/program.ts";
import { hasSchema, schemaProblems } from "./validate.ts";

/** What to do about a command without a contract. */
export function contractMissing(name: string): string {
  return `\`${name}\` answers with --json, and nobody says what: describe its report with zod in src/contracts/${name}-report.ts, add the row \`${name}\` to reportSchemas in src/contracts/schemas.ts (what it writes before its answer: to lineSchemas in lines.ts), then run \`npm run generate\`. Its contract_version is added by itself`;
}

/** Throws where an answer is not what its contract says. */
export async function mustFit(args: readonly string[], outcome: Pick<Outcome, "code" | "stdout">): Promise<void> {
  const problems = await answerProblems(args, outcome);
  if (problems.length > 0) throw new Error(`\`envctl ${args.join(" ")}\` does not answer as contracts/ say:\n  ${problems.slice(0, 20).join("\n  ")}`);
}

/** Words for everything in the output that does not fit; none for a call without `--json`, or one that was killed while it wrote. */
async function answerProblems(args: readonly string[], { code, stdout }: Pick<Outcome, "code" | "stdout">): Promise<readonly string[]> {
  const parsed = await parseArguments(args, commands);
  // A command of a plug-in: its answers are the plug-in's.
  if (!parsed.ok && parsed.trouble.kind === "unknown_command" && code === 0) return [];
  const { wantsJson, name, isForeign } = parsed.ok ? { wantsJson: parsed.flags["json"] === true, name: meantName(parsed.spec.name, parsed.flags), isForeign: parsed.spec.takesPassthrough === true } : { ...parsed, name: "start", isForeign: false };
  if (!wantsJson || code === undefined || stdout === "") return [];
  if (answerSchema(name) === undefined && !(name in lineSchemas)) return [contractMissing(name)];
  const whole = parsedJson(stdout);
  if (whole !== undefined) return valueProblems(name, whole);
  // What the programs it runs write stands before its answer.
  const lines = stdout.split("\n").filter((line) => line !== "").slice(isForeign ? -1 : 0);
  return lines.flatMap((line) => valueProblems(name, parsedJson(line) ?? `not JSON: ${line.slice(0, 200)}`));
}

function meantName(name: string, flags: Readonly<Record<string, unknown>>): string {
  if (flags["help"] === true) return "help";
  return flags["version"] === true ? "version" : name;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The contract a value names is its answer's or that of an error; one that names none is a line before the answer, or bare. */
function valueProblems(name: string, value: unknown): readonly string[] {
  const contract = typeof value === "object" && value !== null && "contract_version" in value ? value.contract_version : undefined;
  const answers = [answerSchema(name) ?? []].flat();
  const fitting = contract === "envctl.error.v1" ? ["error"] : contract === undefined ? [...linesLike(name, value), ...answers] : answers;
  const found = fitting.map((schema) => schemaProblems(schema, value).map((problem) => `${schema}: ${problem}`));
  if (found.length === 0) return [`${name} writes ${JSON.stringify(value).slice(0, 200)}, which has no schema`];
  return found.some((problems) => problems.length === 0) ? [] : (found[0] ?? []);
}

/** `config` is also the name of what people write, and `events` that of a line. */
function answerSchema(name: string): string | undefined {
  const schema = name === "config" ? "config-command" : name;
  return name !== "events" && hasSchema(schema) ? schema : undefined;
}

/** Events come first in the table and are by far the most; only what is none of them is tried as the others. */
function linesLike(name: string, value: unknown): readonly string[] {
  const schemas = lineSchemas[name] ?? [];
  const isEvent = typeof value === "object" && value !== null && "seq" in value;
  return schemas.filter((schema) => (schema === "events") === isEvent);
}
