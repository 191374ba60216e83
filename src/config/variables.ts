/**
 * `${NAME}`, `${NAME:-default}` and `${NAME:?message}` in texts that are read with the caller's variables, as a POSIX shell has them;
 * but a variable that is not set is an error and never an empty text. Pure.
 */

export interface VariableProblem {
  readonly message: string;
  readonly hint: string;
}

export interface WithVariables {
  readonly text: string;
  readonly problems: readonly VariableProblem[];
}

export type Variables = Readonly<Record<string, string>>;

const hole = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([\s\S]*))?$/;
/** A reference of envctl's own, such as `services.backend.url`: left for whoever knows it. */
const reference = /^[\w-]+(?:\.[\w-]+)+$/;

/** `$${` is a literal `${`; names with a dot stay as they are. A default may hold further variables. */
export function withVariables(text: string, variables: Variables): WithVariables {
  const problems: VariableProblem[] = [];
  return { text: filled(text, variables, problems), problems };
}

function filled(text: string, variables: Variables, problems: VariableProblem[]): string {
  let [result, at] = ["", 0];
  for (let from = text.indexOf("${"); from >= 0; from = text.indexOf("${", at)) {
    if (text[from - 1] === "$" && from - 1 >= at) {
      result += `${text.slice(at, from - 1)}\${`;
      at = from + 2;
      continue;
    }
    const end = closingBrace(text, from + 2);
    if (end === undefined) {
      problems.push({ message: "has a ${ without its }", hint: "write $${ for a literal ${" });
      break;
    }
    result += text.slice(at, from) + valueOf(text.slice(from + 2, end), variables, problems);
    at = end + 1;
  }
  return result + text.slice(at);
}

/** Of the hole that is open at `from`; holes inside it have their own. */
function closingBrace(text: string, from: number): number | undefined {
  for (let [at, open] = [from, 1]; at < text.length; at += 1) {
    if (text.startsWith("${", at)) open += 1;
    if (text[at] === "}") open -= 1;
    if (open === 0) return at;
  }
  return undefined;
}

function valueOf(inside: string, variables: Variables, problems: VariableProblem[]): string {
  if (reference.test(inside)) return `\${${inside}}`;
  const [, name, sign, word = ""] = hole.exec(inside) ?? [];
  if (name === undefined) {
    problems.push({ message: `uses \${${inside}}, which is no variable`, hint: "write ${NAME}, ${NAME:-default} or ${NAME:?message}; $${ for a literal ${" });
    return "";
  }
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value !== undefined && (value !== "" || sign === undefined)) return value;
  if (sign === ":-") return filled(word, variables, problems);
  const state = value === undefined ? "not set" : "empty";
  problems.push({ message: `uses \${${name}}, which is ${state}${word === "" ? "" : `: ${word}`}`, hint: `set it: \`export ${name}=…\`; give it a default: \${${name}:-…}; or set it under \`environment:\`` });
  return "";
}
