/** docs/contracts.md: every schema with its fields, for whoever reads envctl's files and answers. */
import { z } from "zod";

type Schemas = Readonly<Record<string, z.ZodType>>;

export function contractsPage(reports: Schemas, artifacts: Schemas): string {
  return [
    "# Contracts",
    "",
    "Made from the schemas in `src/contracts` by `npm run generate`. The whole schemas, as JSON Schema, are in `contracts/`. A `contract_version` or `schema_version` says which form an answer or a file has;",
    "fields may be added under the same version, and are taken away or changed only under the next. A `?` is after fields that may be absent.",
    "",
    "## Files",
    "",
    ...rowsOf(artifacts),
    "",
    "## Answers with `--json`",
    "",
    ...rowsOf(reports),
    "",
  ].join("\n");
}

function rowsOf(schemas: Schemas): readonly string[] {
  const rows = Object.entries(schemas).map(([name, schema]) => `| \`${name}\` | ${variantsOf(z.toJSONSchema(schema, { unrepresentable: "any", io: "output" })).map(fieldsText).join("<br>or ") || "see the schema"} |`);
  return ["| Of | Fields |", "|---|---|", ...rows];
}

type Json = z.core.JSONSchema.JSONSchema;

/** An answer may have one of several forms. */
function variantsOf(schema: Json): readonly Json[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices === undefined) return schema.properties === undefined ? [] : [schema];
  return choices.length > mostVariants ? [] : choices.flatMap((one) => (typeof one === "object" ? variantsOf(one) : []));
}

const mostVariants = 4;

function fieldsText({ properties = {}, required = [] }: Json): string {
  return Object.entries(properties).map(([name, field]) => `\`${name}${required.includes(name) ? "" : "?"}\`${versionText(field)}`).join(", ");
}

function versionText(field: z.core.JSONSchema._JSONSchema): string {
  return typeof field === "object" && field.const !== undefined ? ` = ${JSON.stringify(field.const)}` : "";
}
