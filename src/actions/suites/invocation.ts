/** A suite's command with words added, where that can be done without guessing. Pure. */
import type { CommandText } from "../../model/config.ts";
import { needsShell, splitWords } from "../../model/template.ts";
import { quoted, type Addition } from "./runners.ts";

/** The script of package.json a command runs: its name, `test` for `npm test`. */
export function scriptOf(command: CommandText): string | undefined {
  const words = typeof command === "string" ? splitWords(command) : command;
  const [program = "", verb = "", name] = words;
  if (!managers.has(program)) return undefined;
  if (verb === "run" || verb === "run-script") return name;
  return verb === "test" || verb === "t" ? "test" : undefined;
}

const managers: ReadonlySet<string> = new Set(["npm", "pnpm", "yarn", "bun"]);

/** What runs in the end: the script's text where the command only names a script. */
export function decidingText(command: CommandText, script: string | undefined): string {
  return script ?? (typeof command === "string" ? command : command.join(" "));
}

/** The command with the addition; undefined where it would go astray: into a pipe, or into a script's middle. */
export function withAddition(command: CommandText, script: string | undefined, { after, words, replaces = () => false }: Addition): CommandText | undefined {
  if (words.length === 0) return undefined;
  if (script !== undefined) return after === undefined && isSimpleAtEnd(script) && !splitWords(script).some(replaces) ? throughScript(command, words) : undefined;
  if (typeof command !== "string" || !needsShell(command)) return inserted(withoutWider(typeof command === "string" ? splitWords(command) : command, replaces), after, words);
  if (!isSimpleAtEnd(command) || splitWords(command).some(replaces)) return undefined;
  if (after === undefined) return `${command} ${words.map(quoted).join(" ")}`;
  const at = command.lastIndexOf(` ${after}`);
  const end = at + after.length + 1;
  return at < 0 ? undefined : `${command.slice(0, end)} ${words.map(quoted).join(" ")}${command.slice(end)}`;
}

/** The value of an option such as `-c tests` is none of them. */
function withoutWider(command: readonly string[], isWider: (word: string) => boolean): readonly string[] {
  return command.filter((word, index) => index === 0 || !isWider(word) || /^(?:-[ckmnoptW]|--(?:rootdir|confcutdir|config-file))$/.test(command[index - 1] ?? ""));
}

/** Words at the end reach the last program of the text, if nothing is piped, redirected or run behind it. */
function isSimpleAtEnd(text: string): boolean {
  return !/[|<>#\n)]|&\s*$|;\s*$/.test(text.replaceAll("||", "")) && !text.includes("||");
}

/** npm hands on what stands behind two dashes; the others hand on everything. */
function throughScript(command: CommandText, words: readonly string[]): CommandText {
  const before = typeof command === "string" ? splitWords(command) : command;
  return [...before, ...(before[0] === "npm" && !before.includes("--") ? ["--"] : []), ...words];
}

function inserted(command: readonly string[], after: string | undefined, words: readonly string[]): readonly string[] | undefined {
  if (after === undefined) return [...command, ...words];
  const at = command.indexOf(after);
  return at < 0 ? undefined : [...command.slice(0, at + 1), ...words, ...command.slice(at + 1)];
}
