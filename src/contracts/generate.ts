/** Every generated file. `npm run generate` writes them, with `--check` it tells which are out of date. */
import type { z } from "zod";
import { commandList } from "../commands/list-commands.ts";
import { commands } from "../commands/table.ts";
import { exampleFile } from "../config/example.ts";
import { configSchema } from "../config/json-schema.ts";
import { configurationPage } from "../config/reference.ts";
import { commandsPage } from "./commands-page.ts";
import { answersPage, filesPage } from "./contracts-page.ts";
import { eventsPage } from "./events-page.ts";
import { lineSchemas } from "./lines.ts";
import { manPage } from "./man-page.ts";
import { answerSchemas, otherSchemas } from "./schemas.ts";

/** Path from the package root → content. `config.schema.json` describes the file people write, so the command's answer has a longer name. */
export function generatedFiles(): Readonly<Record<string, string>> {
  const [answers, others] = [answerSchemas(), otherSchemas()];
  const named = Object.entries({ ...answers, ...others }).map(([name, schema]) => [`contracts/${schemaFile(name)}`, json(titled(name, schema))]);
  return {
    "contracts/commands.json": json(commandList(commands)),
    "contracts/config.schema.json": json(configSchema()),
    ...Object.fromEntries(named),
    "docs/reference/commands.md": commandsPage(commands),
    "docs/reference/configuration.md": configurationPage(),
    "docs/reference/answers.md": answersPage(answers, lineSchemas),
    "docs/reference/files.md": filesPage(others),
    "docs/reference/events.md": eventsPage(others["events"] ?? {}),
    "docs/envctl.1": manPage(commands),
    ".envctl.example": exampleFile(),
  };
}

function schemaFile(name: string): string {
  return `${name === "config" ? "config-command" : name}.schema.json`;
}

function titled(name: string, { $schema, ...rest }: z.core.JSONSchema.JSONSchema): unknown {
  return { $schema, title: `envctl ${name}`, ...rest };
}

function json(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
