/** A function of a module as a command: it prints what the function returns, as JSON. */
import { UserError } from "../model/failure.ts";

/** Runs in Node as it is; what is thrown ends it with 1 and a stack on standard error. Its title says what it is in the process table. */
const caller = [
  'import { resolve } from "node:path";',
  'import { pathToFileURL } from "node:url";',
  "const [file, name, args] = process.argv.slice(1);",
  'process.title = `envctl-${(process.env.ENVCTL_PROJECT ?? "").slice(0, 8)}-${(process.env.ENVCTL_JOB ?? "").slice(-10)}:${name.slice(0, 20)}:running`;',
  "const { [name]: called } = await import(pathToFileURL(resolve(file)).href);",
  'if (typeof called !== "function") throw new TypeError(`${file} exports no function "${name}"`);',
  "const result = await called(...JSON.parse(args));",
  'process.stdout.write(`${JSON.stringify(result ?? null)}\\n`);',
].join(" ");

/** `./seed.mjs#users`; named arguments come last, as one object. Values are JSON where they can be read as that, else text. */
export function functionCommand(call: string, args: readonly string[], named: Readonly<Record<string, string>>): readonly string[] {
  const at = call.lastIndexOf("#");
  const [file, name] = [call.slice(0, at), call.slice(at + 1)];
  if (at <= 0 || name === "") throw new UserError({ reason: "usage_invalid", message: `--function needs FILE#NAME, not "${call}"`, hint: "for example --function ./seed.mjs#users" });
  const values = args.map(valueOf);
  const pairs = Object.entries(named).map(([key, text]) => [key, valueOf(text)] as const);
  return [process.execPath, "--input-type=module", "-e", caller, file, name, JSON.stringify(pairs.length === 0 ? values : [...values, Object.fromEntries(pairs)])];
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
