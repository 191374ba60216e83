/** The text of docs/reference/configuration.md, made from the table of keys. */
import { defaultText } from "./example.ts";
import { configKeys } from "./keys.ts";
import type { KeyRow, KeyType } from "./keys.ts";
import { flow } from "./proposed.ts";

const typeNames: Readonly<Record<KeyType, string>> = {
  group: "group", map: "names → values", groups: "list of groups", text: "text", value: "text", version: "version", boolean: "true or false", count: "number from 1",
  choice: "choice", duration: "duration", command: "command", texts: "list of texts", names: "list of names", port: "port", share: "0 to 1", port_or_none: "port or none",
  size: "size", percent: "percentage", file: "file", path: "directory", address: "path", pattern: "regular expression",
};

const head = `# Configuration

<!-- Made from src/config/keys.ts; do not edit. -->

envctl reads \`.envctl\` at the root of a repository. \`envctl config --detect --write\` proposes one from what lies there, \`.envctl.example\` shows every
key, and \`contracts/config.schema.json\` gives completion in editors. \`envctl show-config\` tells each value with its origin (file and line).

In an editor with the YAML language server \`.envctl\` is YAML with that schema, by its first line or by the editor's settings (here VS Code's). The schema is in the package: below \`node_modules\` of
the repository where envctl is one of its packages, else below \`npm root -g\`. Editors that know no modelines ignore the line, and so does envctl.

\`\`\`yaml
# yaml-language-server: $schema=node_modules/envctl/contracts/config.schema.json
\`\`\`

\`\`\`json
{ "files.associations": { ".envctl": "yaml", ".envctl.*": "yaml" }, "yaml.schemas": { "node_modules/envctl/contracts/config.schema.json": [".envctl", ".envctl.*"] } }
\`\`\`

## Layers
Weakest to strongest; groups are merged key by key, lists and values are replaced.

| Layer | Where |
|---|---|
| default | the tables below |
| detected | services found in the repository, only while it has no \`.envctl\` |
| system | \`/etc/envctl/config.yaml\`, or the file ENVCTL_SYSTEM_CONFIG names |
| user | \`~/.config/envctl/config.yaml\` |
| repository | \`.envctl\`, or the file ENVCTL_CONFIG_FILE names |
| profile | \`.envctl.<profile>\`, with \`--profile\` |
| local | \`.envctl.local\` |
| environment | \`ENVCTL__SERVICES__BACKEND__PORT=8100\`: the path in capitals with double underscores, \`_\` for \`-\` |
| flag | \`--set services.backend.port=8100\` |

A worktree with a YAML \`.envctl\` of its own is configured by that, any other by the main checkout's. Keys marked *repository* belong to the whole
repository: the main checkout's value counts everywhere.

## Values
- **command**: text runs through a shell only if it has shell syntax; a list such as \`[node, server.js]\` runs directly. \`{port}\` is the assigned port.
- **duration**: seconds as a number, or text such as \`500ms\`, \`30s\`, \`2m\`, \`1h\`.
- **size**: bytes, or text such as \`64K\`, \`512M\`, \`2G\` (powers of 1024). **percentage**: of one processor core, \`75%\`, \`150%\`.
- **templates** in commands and environment values: \`{port}\`, \`\${postgres.url}\`, \`\${services.backend.url}\`, \`\${project.name}\`, \`\${env.HOME}\`; \`$\${\` is a literal \`\${\`.
- **variables** of the caller in environment values and URLs: \`\${NAME}\`, \`\${NAME:-default}\`, \`\${NAME:?message}\`; one that is not set and has no default is an error with its place. In commands they are the shell's: write \`$\${NAME}\`.
- Keys at the top that begin with \`x-\` are ignored: a place for YAML anchors.

All problems of all files are reported at once, each with file, line, column, the value and what to do.
`;

const sections: readonly (readonly [title: string, belongs: (row: KeyRow) => boolean])[] = [
  ["The whole file", (row) => !row.path.includes(".")],
  ["A service: `services.<name>`", (row) => /^services\.\*\.(?!ready|live|stop|restart|prepare|limits|watch|on\b)/.test(row.path)],
  ["Readiness: `services.<name>.ready`", (row) => row.path.startsWith("services.*.ready")],
  ["Liveness: `services.<name>.live`", (row) => row.path.startsWith("services.*.live")],
  ["Limits, files and hooks: `services.<name>.limits`, `watch`, `on`", (row) => /^services\.\*\.(?:limits|watch|on\b)/.test(row.path)],
  ["Before the start: `services.<name>.prepare`", (row) => row.path.startsWith("services.*.prepare")],
  ["The end: `services.<name>.stop` and `restart`", (row) => /^services\.\*\.(?:stop|restart)/.test(row.path)],
  ["A requirement: `requirements.<name>`", (row) => row.path.startsWith("requirements.*.")],
  ["Engines, providers, restart groups, hooks, logs", (row) => /^(?:engines|providers|restart_groups|on|logs)\./.test(row.path)],
  ["Worktrees and plans: `worktrees`", (row) => row.path.startsWith("worktrees.")],
  ["Tests: `test.<name>`", (row) => row.path.startsWith("test.")],
  ["Modes: `modes.main`, `modes.trees`", (row) => row.path.startsWith("modes.")],
];

const legacy = `## The Python engine's form
A \`.envctl\` of \`KEY=value\` lines is recognised and loads unchanged: backend and frontend with their detected or configured start commands, additional
services, dependency switches per mode, port bases, the managed block, and launch-env sections with \`\${ENVCTL_SOURCE_…}\` inputs, whose lines are dropped
when an input is not available. Keys that nothing reads are told as warnings. In the environment these keys count as well; names that other programs use too,
such as DB_PORT, only beside such a file.

| Key | Same as |
|---|---|
`;

/** The whole page. */
export function configurationPage(): string {
  const tables = sections.map(([title, belongs]) => `## ${title}\n${table(configKeys.filter(belongs))}`);
  return `${[head, ...tables, legacy + legacyRows()].join("\n")}`;
}

function table(rows: readonly KeyRow[]): string {
  const lines = rows.map((row) => `| \`${row.path.replaceAll("*", "<name>").replace("prepare.<name>", "prepare[]")}\` | ${typeNames[row.type]} | ${cell(defaultText(row))} | ${about(row)} |`);
  return `| Key | Type | Default | Meaning |\n|---|---|---|---|\n${lines.join("\n")}\n`;
}

function about(row: KeyRow): string {
  const notes = [
    ...(row.choices !== undefined && row.choices.length > 1 ? [`One of ${row.choices.join(", ")}${row.orElse === undefined ? "" : `, or ${row.orElse.words}`}.`] : []),
    ...(row.words === undefined ? [] : [`Or one of the words ${row.words.join(", ")}.`]),
    ...(row.example === undefined || row.type === "group" ? [] : [`For example \`${flow(row.example)}\`.`]),
    ...(row.isRepositoryWide === true ? ["*repository*"] : []),
  ];
  return cell([row.about, ...notes].join(" "));
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/<(?=[a-z_]+>)/g, "&lt;");
}

function legacyRows(): string {
  const rows = configKeys.flatMap((row) => Object.entries(row.legacy ?? {})).map(([key, path]) => `| \`${key}\` | \`${path}\` |`);
  return `${rows.join("\n")}\n`;
}
