/** Checks answers against the generated schemas, as a foreign reader would. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

/** Words for everything wrong with the content; none when it fits `contracts/<name>.schema.json`. */
export function schemaProblems(name: string, content: unknown): readonly string[] {
  const schema: unknown = JSON.parse(readFileSync(new URL(`../../contracts/${name}.schema.json`, import.meta.url), "utf8"));
  if (typeof schema !== "object" || schema === null) return [`${name}: no schema`];
  const check = new Ajv2020({ strict: false, allErrors: true }).compile(schema);
  return check(content) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""} ${JSON.stringify(error.params)}`);
}
