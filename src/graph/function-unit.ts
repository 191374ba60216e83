/** A unit that is a function of a JavaScript module: a Node process of its own calls it. */

/** What it returns, an object, are its facts; what it throws ends it with 1 and a stack in its log. */
const caller = [
  'import { appendFileSync } from "node:fs";',
  'import { pathToFileURL } from "node:url";',
  "const [file, name] = process.argv.slice(1);",
  "const { [name]: called } = await import(pathToFileURL(file).href);",
  'if (typeof called !== "function") throw new TypeError(`${file} exports no function "${name}"`);',
  "const line = (path) => (value) => appendFileSync(path, `${JSON.stringify(value)}\\n`);",
  "const { ENVCTL_FACTS, ENVCTL_RESULTS, ENVCTL_EMIT, ENVCTL_PARAMS } = process.env;",
  "const facts = await called({ params: JSON.parse(ENVCTL_PARAMS), record: line(ENVCTL_RESULTS), emit: (unit) => line(ENVCTL_EMIT)({ unit }) });",
  'if (typeof facts === "object" && facts !== null) line(ENVCTL_FACTS)(facts);',
].join(" ");

/** `file` is absolute. */
export function functionCommand(file: string, name: string): readonly string[] {
  return [process.execPath, "--input-type=module", "-e", caller, file, name];
}
