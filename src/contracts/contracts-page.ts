/** docs/reference/answers.md and files.md: every schema with its fields, for whoever reads envctl's answers and files. */
import type { z } from "zod";

type Json = z.core.JSONSchema.JSONSchema;
type Schemas = Readonly<Record<string, Json>>;

const evolution = "fields may be added under the same version, and are taken away or changed only under the next. A `?` is after fields that may be absent.";

/** What commands answer with `--json`; `lines` are the schemas of what they write before. */
export function answersPage(answers: Schemas, lines: Readonly<Record<string, readonly string[]>>): string {
  const names = [...new Set([...Object.keys(answers), ...Object.keys(lines)])];
  const before = (name: string): string => (lines[name] ?? []).map((line) => `\`${line}\``).join(", ");
  return [
    "# Answers with `--json`",
    "",
    "Made from the schemas in `src/contracts` by `npm run generate`. The whole schemas, as JSON Schema, are in `contracts/`, one a command (that of `config` is `config-command.schema.json`,",
    "since `config.schema.json` is about the file people write). `contract_version` names form and version of an answer:",
    `${evolution} A list names none, and neither does the map of \`jobs --stats\`.`,
    "",
    "A command that cannot do its work answers `error` instead: `contract_version` = \"envctl.error.v1\", `ok` = false, `error` and, when there are several, `errors`. Commands that stream write one JSON value a line; the",
    "last one is the answer, and the lines before it are of the schemas in the last column ([files](files.md), [events](events.md)).",
    "",
    "| Of | Fields | Lines before |",
    "|---|---|---|",
    ...names.map((name) => `| \`${name}\` | ${fieldsOf(answers[name])} | ${before(name)} |`),
    "",
  ].join("\n");
}

/** What is on disk, and the lines that are streamed. */
export function filesPage(schemas: Schemas): string {
  return [
    "# Files and lines",
    "",
    "Made from the schemas in `src/contracts` by `npm run generate`. The whole schemas, as JSON Schema, are in `contracts/`. `schema_version` says which form a file has;",
    evolution,
    "",
    "| Of | Fields |",
    "|---|---|",
    ...Object.entries(schemas).map(([name, schema]) => `| \`${name}\` | ${name === "events" ? "see [events](events.md)" : fieldsOf(schema)} |`),
    "",
  ].join("\n");
}

function fieldsOf(schema: Json | undefined): string {
  return schema === undefined ? "" : variantsOf(schema).map(fieldsText).join("<br>or ") || "see the schema";
}

/** An answer may have one of several forms. */
function variantsOf(schema: Json): readonly Json[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices === undefined) return schema.properties === undefined ? [] : [schema];
  return choices.flatMap((one) => (typeof one === "object" ? variantsOf(one) : []));
}

/** Also of one event. */
export function fieldsText({ properties = {}, required = [] }: Json): string {
  return Object.entries(properties).map(([name, field]) => `\`${name}${required.includes(name) ? "" : "?"}\`${versionText(field)}`).join(", ");
}

function versionText(field: z.core.JSONSchema._JSONSchema): string {
  return typeof field === "object" && field.const !== undefined ? ` = ${JSON.stringify(field.const)}` : "";
}
