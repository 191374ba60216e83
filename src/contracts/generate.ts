/** Every generated file. `npm run generate` writes them, with `--check` it tells which are out of date. */
import { commandList } from "../commands/list-commands.ts";
import { commands } from "../commands/table.ts";
import { exampleFile } from "../config/example.ts";
import { configSchema } from "../config/json-schema.ts";
import { configurationPage } from "../config/reference.ts";
import { commandsPage } from "./commands-page.ts";
import { contractsPage } from "./contracts-page.ts";
import { manPage } from "./man-page.ts";
import { artifactSchemas, jsonSchemaOf, reportSchemas } from "./schemas.ts";

/** Path from the package root → content. `config.schema.json` describes the file people write, so the command's answer has a longer name. */
export function generatedFiles(): Readonly<Record<string, string>> {
  const { config, ...reports } = reportSchemas;
  const schemas = Object.entries({ ...reports, ...artifactSchemas, ...(config === undefined ? {} : { "config-command": config }) });
  return {
    "contracts/commands.json": json(commandList(commands)),
    "contracts/config.schema.json": json(configSchema()),
    ...Object.fromEntries(schemas.map(([name, schema]) => [`contracts/${name}.schema.json`, json(jsonSchemaOf(`envctl ${name}`, schema))])),
    "docs/commands.md": commandsPage(commands),
    "docs/contracts.md": contractsPage(reportSchemas, artifactSchemas),
    "docs/envctl.1": manPage(commands),
    "docs/configuration.md": configurationPage(),
    ".envctl.example": exampleFile(),
  };
}

function json(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
