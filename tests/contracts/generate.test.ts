import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { Ajv2020 } from "ajv/dist/2020.js";
import { generatedFiles } from "../../src/contracts/generate.ts";
import { answerSchemas, otherSchemas, reportSchemas } from "../../src/contracts/schemas.ts";
import { lineSchemas } from "../../src/contracts/lines.ts";
import { commands } from "../../src/commands/table.ts";
import { flagsOf } from "../../src/cli/parse.ts";
import { contractMissing } from "./answers.ts";
import { commandLines } from "../../src/commands/help-text.ts";

const files = generatedFiles();

type Json = z.core.JSONSchema.JSONSchema;

function formsOf(schema: Json): readonly Json[] {
  return (schema.anyOf ?? schema.oneOf)?.flatMap(formsOf) ?? [schema];
}

describe("generated files", () => {
  test("every command that people see has a schema, and no schema is left over", () => {
    const seen = commands.filter((row) => row.isHidden !== true).map((row) => row.name);
    const described = new Set([...Object.keys(reportSchemas), ...Object.keys(lineSchemas)]);
    expect(seen.filter((name) => !described.has(name)).map(contractMissing)).toEqual([]);
    expect([...described].filter((name) => !seen.includes(name)), "schemas of commands that are not there").toEqual([]);
  });

  test("every form of every answer names its contract, and only the bare ones name none", () => {
    const unnamed = Object.entries(answerSchemas()).filter(([, schema]) => formsOf(schema).some(({ type, required }) => type !== "array" && required?.includes("contract_version") !== true));
    expect(unnamed.map(([name]) => name)).toEqual(commands.filter((row) => row.isBare === true).map((row) => row.name));
    expect(Object.values(lineSchemas).flat().filter((name) => otherSchemas()[name] === undefined), "schemas of lines that are not there").toEqual([]);
  });

  // Ten seconds are not enough for that many beside other tests.
  test("every schema can be compiled", { timeout: 60_000 }, () => {
    const ajv = new Ajv2020({ strict: false, code: { optimize: false } });
    const schemas = Object.entries(files).filter(([path]) => path.endsWith(".schema.json") && path !== "contracts/config.schema.json");
    expect(schemas.length).toBeGreaterThan(30);
    for (const [, text] of schemas) expect(typeof ajv.compile(JSON.parse(text) as object)).toBe("function");
  });

  test("the commands page and help name every command and option, and no hidden one", () => {
    const page = files["docs/reference/commands.md"] ?? "";
    expect(page).not.toContain("__complete");
    for (const row of commands.filter((one) => one.isHidden !== true)) {
      expect(page).toContain(`### ${row.name}\n`);
      const help = commandLines(row).join("\n");
      for (const flag of flagsOf(row)) expect([page.includes(`--${flag.name}`), help.includes(`--${flag.name}`)]).toEqual([true, true]);
    }
  });

  test("names neither machines nor directories", () => {
    for (const text of Object.values(files)) expect(text).not.toMatch(/\/work\/|\/root\/|\/home\//);
  });
});
