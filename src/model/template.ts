/** `{port}` and `${…}` in commands and environment values. Pure: all values are handed in. */

/** A name that no value is known for, or that is malformed. */
export interface TemplateProblem {
  readonly name: string;
  readonly message: string;
}

export interface Expanded {
  readonly text: string;
  readonly problems: readonly TemplateProblem[];
}

// The port may stand in the default of a variable: ${URL:-http://localhost:{port}}.
const hole = /\$\$\{|\$\{((?:\{port\}|[^}])*)\}|\{port\}/g;

/**
 * Expands `${name}` through `values`, `{port}` through `port`; `$${` is a literal `${`.
 * An unknown name stays in the text and is reported.
 */
export function expandTemplate(template: string, values: (name: string) => string | undefined, port?: number): Expanded {
  const problems: TemplateProblem[] = [];
  const text = template.replace(hole, (whole: string, name: string | undefined) => {
    if (whole === "$${") return "${";
    if (whole === "{port}") return port === undefined ? reported(problems, "port", "`{port}` is used, but the unit has no port", whole) : String(port);
    const value = values((name ?? "").trim());
    return value ?? reported(problems, name ?? "", `no value for \${${name ?? ""}}`, whole);
  });
  return { text, problems };
}

function reported(problems: TemplateProblem[], name: string, message: string, whole: string): string {
  problems.push({ name, message });
  return whole;
}

/** Words only a shell knows; none of them is a program. */
const shellWords = /^\s*(?:\.|cd|eval|exec|exit|export|set|source|trap|ulimit|umask)(?:\s|$)/;

/** True when a command string needs a shell: quotes alone do not, nor do holes we fill ourselves. */
export function needsShell(command: string): boolean {
  const text = command.replaceAll(/(?<!\$)\$\{[^}\s]*\.[^}\s]*\}/g, "");
  return /[|&;<>()$`*?[\]#~\n]|^\s*[A-Za-z_][A-Za-z0-9_]*=/.test(text) || shellWords.test(text);
}

/** Splits a command without shell syntax into words; single and double quotes and backslashes as in a POSIX shell. */
export function splitWords(command: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const part of command.matchAll(/\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(['"\\])/gs)) {
    if (/^\s/.test(part[0])) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word = (word ?? "") + (part[1] ?? part[2]?.replace(/\\(["\\$`])/g, "$1") ?? part[3] ?? part[4] ?? part[5] ?? "");
  }
  return word === undefined ? words : [...words, word];
}

/** The argv that runs a command: itself, split, or under `sh -c`. */
export function argvOf(command: string | readonly string[]): readonly string[] {
  if (typeof command !== "string") return command;
  return needsShell(command) ? ["/bin/sh", "-c", command] : splitWords(command);
}
