/** Checks answers against the generated schemas, as a foreign reader would. */
import { existsSync, readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** Compiling one takes many times as long as checking with it. */
const compiled = new Map<string, ValidateFunction>();

/** Whether `contracts/` describes it. */
export function hasSchema(name: string): boolean {
  return existsSync(fileOf(name));
}

/** Words for everything wrong with the content; none when it fits `contracts/<name>.schema.json`. */
export function schemaProblems(name: string, content: unknown): readonly string[] {
  const check = compiled.get(name) ?? compile(name);
  compiled.set(name, check);
  return check(content) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""} ${JSON.stringify(error.params)}`);
}

function compile(name: string): ValidateFunction {
  const schema: unknown = JSON.parse(readFileSync(fileOf(name), "utf8"));
  if (typeof schema !== "object" || schema === null) throw new Error(`${name}: no schema`);
  // That the schemas are schemas is tested once (generate.test.ts); looking again, and making the check itself quick, takes most of the time.
  return new Ajv2020({ strict: false, allErrors: true, validateSchema: false, code: { optimize: false } }).compile(schema);
}

function fileOf(name: string): URL {
  return new URL(`../../contracts/${name}.schema.json`, import.meta.url);
}
