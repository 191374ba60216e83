/** Programs that take a secret in an argument whose name does not say so. Pure: one row each. */
import { masked } from "../model/secrets.ts";
import { noSecret, type TextRule } from "./text-rule.ts";

interface ProgramRow {
  readonly programs: RegExp;
  /** What stands before the secret. */
  readonly flag: string;
  /** Whether the secret may, or must, stand in the same word. */
  readonly isAttached: "may" | "must" | "never";
  /** The secret comes after a name and a colon, which stay. */
  readonly hasUser?: boolean;
}

const rows: readonly ProgramRow[] = [
  { programs: /\bcurl\b/, flag: "-u|-U|--user|--proxy-user", isAttached: "may", hasUser: true },
  { programs: /\bcurl\b/, flag: "-b|--cookie", isAttached: "never" },
  { programs: /\b(?:mysql|mariadb)(?:-?(?:dump|admin|import|check|show))?\b/, flag: "-p", isAttached: "must" },
  { programs: /\b(?:mysql|mariadb|wget|mongo|docker|podman|helm|nerdctl)\w*\b/, flag: "--(?:http-|ftp-|proxy-)?password", isAttached: "never" },
  { programs: /\b(?:sshpass|mongo(?:sh|dump|restore|export|import)?|(?:docker|podman|nerdctl|helm registry) login)\b/, flag: "-p", isAttached: "may" },
  { programs: /\bredis-cli\b/, flag: "-a|--pass", isAttached: "never" },
  { programs: /\bsqlcmd\b/, flag: "-P", isAttached: "may" },
  { programs: /\bldap(?:search|modify|add|delete|whoami|passwd)\b/, flag: "-w", isAttached: "may" },
  { programs: /\bkeytool\b|\bjarsigner\b/, flag: "-(?:store|key)pass", isAttached: "never" },
  { programs: /\bopenssl\b/, flag: "pass:", isAttached: "must" },
];

const prepared = rows.map((row) => ({
  ...row,
  whole: new RegExp(`^(?:${row.flag})$`),
  word: new RegExp(`^(${row.flag})(=?)(.+)$`, "s"),
  // The value in quotes, or up to the next space; what stands between may be that of a list in JSON.
  inLine: new RegExp(`((?<=[\\s"'])(?:${row.flag}))(${gapOf(row)})("[^"\\n]+"|'[^'\\n]+'|[^\\s"'\\\\,;|&)]+)`, "g"),
}));

function gapOf({ isAttached }: ProgramRow): string {
  const apart = String.raw`=|[ \t]+|\\?["'],[ \t]*(?=\\?["'])`;
  return isAttached === "must" ? "" : isAttached === "may" ? `(?:${apart})?` : apart;
}

/** In texts: from the program's name to the next program, or the end of its line. */
export const programRules: readonly TextRule[] = prepared.map(({ programs, inLine, ...row }) => ({
  id: "argument",
  hint: programs,
  pattern: new RegExp(`(?:${programs.source})(?:(?! &&? | \\|\\|? |; )[^\\n])*`, "g"),
  replace: (line) =>
    line.replace(inLine, (match: string, flag: string, gap: string, value: string) => {
      const [, open = "", inner = "", close = ""] = /^(["']?)(.*?)(["']?)$/s.exec(value) ?? [];
      const hidden = hiddenValue(inner, row);
      return hidden === undefined ? match : `${flag}${gap}${open}${hidden}${close}`;
    }),
}));

/** Of a list that begins with a program, the same with what is secret in its arguments hidden. */
export function withoutSecretArguments(list: readonly string[]): readonly string[] {
  const named = [list[0]?.split("/").at(-1) ?? "", list[1] ?? ""].join(" ");
  return prepared.filter(({ programs }) => named.search(programs) === 0).reduce<readonly string[]>((words, row) => words.map((word, at) => (at === 0 ? word : argument(word, words[at - 1] ?? "", row))), list);
}

function argument(word: string, previous: string, row: (typeof prepared)[number]): string {
  if (row.isAttached !== "must" && row.whole.test(previous)) return hiddenValue(word, row) ?? word;
  const [, flag = "", sign = "", value = ""] = row.isAttached === "never" ? [] : (row.word.exec(word) ?? []);
  const hidden = hiddenValue(value, row);
  return hidden === undefined ? word : `${flag}${sign}${hidden}`;
}

/** Nothing where there is no secret: a name alone, two ports, a variable. */
function hiddenValue(value: string, { hasUser = false, flag }: Pick<ProgramRow, "hasUser" | "flag">): string | undefined {
  const colon = hasUser ? value.indexOf(":") : -1;
  const secret = value.slice(colon + 1);
  // Two ports, as containers have them, or a user and its group.
  const isNone = secret === "" || /^[\d.]+:[\d:.]+$/.test(value) || secret.startsWith(masked) || (noSecret.test(secret) && !/^\d+$/.test(secret)) || (hasUser && colon < 0);
  // Without a sign of equality curl takes the name of a file.
  if (isNone || (flag.includes("cookie") && !value.includes("="))) return undefined;
  return `${value.slice(0, colon + 1)}${masked}`;
}
