/** The JSON Schema of the YAML form, for editors: `contracts/config.schema.json`. */
import { childRows, keyName } from "./key-tree.ts";
import type { KeyRow } from "./keys.ts";

type JsonSchema = { readonly [key: string]: unknown };

const name = "^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$";
const variable = "^[A-Za-z_][A-Za-z0-9_]*$";
const texts = { type: "array", items: { type: "string", minLength: 1 } };
const command = { anyOf: [{ type: "string", minLength: 1 }, { ...texts, minItems: 1 }] };
const port = { type: "integer", minimum: 1, maximum: 65_535 };

/** The whole schema, draft 2020-12's common subset with draft 7. */
export function configSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "envctl configuration",
    description: "The YAML form of .envctl.",
    ...groupSchema(childRows(""), false, { "^x-": {} }),
  };
}

function groupSchema(rows: readonly KeyRow[], isOpen: boolean, patterns?: JsonSchema): JsonSchema {
  const required = rows.filter((row) => row.isRequired === true && !row.path.startsWith("services.*.command")).map(keyName);
  return {
    type: "object",
    properties: Object.fromEntries(rows.map((row) => [keyName(row), rowSchema(row)])),
    ...(patterns === undefined ? {} : { patternProperties: patterns }),
    additionalProperties: isOpen,
    ...(required.length === 0 ? {} : { required }),
  };
}

function rowSchema(row: KeyRow): JsonSchema {
  return {
    description: row.about,
    ...(row.default === undefined ? {} : { default: row.default }),
    ...typeSchema(row),
  };
}

function typeSchema(row: KeyRow): JsonSchema {
  switch (row.type) {
    case "group":
      return branchSchema(row, groupSchema(childRows(row.path), row.isOpen === true));
    case "map":
      return branchSchema(row, mapSchema(row));
    case "groups":
      return { type: "array", items: groupSchema(childRows(`${row.path}.*`), false) };
    case "text":
    case "path":
    case "file":
    case "pattern":
      return { type: "string", minLength: 1 };
    case "address":
      return { type: "string", pattern: "^/\\S*$" };
    case "value":
      return { type: ["string", "number", "boolean", "null"] };
    case "version":
      return { type: ["string", "number"] };
    case "boolean":
      return { type: "boolean" };
    case "count":
      return { type: "integer", minimum: 1 };
    case "share":
      return { type: "number", minimum: 0, maximum: 1 };
    case "size":
      return { anyOf: [{ type: "integer", minimum: 1 }, { type: "string", pattern: "^\\s*\\d+(\\.\\d+)?\\s*[KMGTkmgt]?(i?[Bb])?\\s*$" }] };
    case "percent":
      return { type: "string", pattern: "^\\s*\\d+(\\.\\d+)?\\s*%\\s*$" };
    case "choice":
      return eitherOf({ enum: (row.choices ?? []).flatMap((choice) => (/^\d+$/.test(choice) ? [Number(choice), choice] : [choice])) }, row.orElse?.pattern);
    case "duration":
      return { anyOf: [{ type: "number", minimum: 0 }, { type: "string", pattern: "^\\s*\\d+(\\.\\d+)?\\s*(ms|s|m|h)?\\s*$" }] };
    case "command":
      return command;
    case "texts":
      return texts;
    case "names":
      return { type: "array", items: { type: "string", pattern: name } };
    case "port":
      return port;
    case "port_or_none":
      return { anyOf: [port, { const: "none" }] };
  }
}

/** A group may be left empty, which YAML reads as null; some may be a single word. */
function branchSchema(row: KeyRow, schema: JsonSchema): JsonSchema {
  const words = row.words === undefined ? [] : [{ enum: row.words }];
  return { anyOf: [schema, { type: "null" }, ...words] };
}

function mapSchema(row: KeyRow): JsonSchema {
  const [child] = childRows(row.path);
  return {
    type: "object",
    propertyNames: { pattern: row.path.endsWith(".env") ? variable : name },
    additionalProperties: child === undefined ? true : rowSchema(child),
  };
}

function eitherOf(choices: JsonSchema, pattern: string | undefined): JsonSchema {
  return pattern === undefined ? choices : { anyOf: [choices, { type: "string", pattern }] };
}
