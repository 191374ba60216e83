/** A first look at argv: which word is the command, and what belongs to an option. Pure; decides nothing else. */
import type { FlagSpec } from "./command.ts";

/** An option without the value it needs, as it was typed. */
export interface DanglingOption {
  readonly typed: string;
  readonly flag: FlagSpec;
}

export interface Scan {
  /** Everything before `--`, the command word left out, mode words spelled as flags. */
  readonly rest: readonly string[];
  /** The first word that is neither an option nor an option's value. */
  readonly commandWord: string | undefined;
  readonly passthrough: readonly string[] | undefined;
  readonly dangling: readonly DanglingOption[];
}

/** The Python engine's `main=true` and its twins. */
const modeWords: Readonly<Record<string, string>> = {
  "main=true": "--main",
  "main=false": "--trees",
  "tree=true": "--trees",
  "trees=true": "--trees",
  "tree=false": "--main",
  "trees=false": "--main",
};

/** `flags` are those of every command: an option may stand before the command word that gives it its meaning. */
export function scanArguments(argv: readonly string[], flags: readonly FlagSpec[]): Scan {
  const end = argv.indexOf("--");
  const words = (end < 0 ? argv : argv.slice(0, end)).map((token) => (Object.hasOwn(modeWords, token) ? (modeWords[token] ?? token) : token));
  const head = withPairs(words, flags);
  const dangling: DanglingOption[] = [];
  let commandIndex: number | undefined;
  for (let index = 0; index < head.length; index += 1) {
    const token = head[index] ?? "";
    if (!isOption(token)) {
      commandIndex ??= index;
      continue;
    }
    const flag = flagWantingNext(token, flags);
    if (flag === undefined) continue;
    const next = head[index + 1];
    if (next === undefined || isOption(next)) dangling.push({ typed: token, flag });
    else index += 1;
  }
  return {
    rest: head.filter((_token, index) => index !== commandIndex),
    commandWord: commandIndex === undefined ? undefined : head[commandIndex],
    passthrough: end < 0 ? undefined : argv.slice(end + 1),
    dangling,
  };
}

/** The two words of a pair as one, with a space between: to whoever reads options every value is one word. */
function withPairs(words: readonly string[], flags: readonly FlagSpec[]): readonly string[] {
  const joined: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const [token = "", first, second] = words.slice(index);
    joined.push(token);
    const isPair = token.startsWith("--") && flagWantingNext(token, flags)?.value?.includes(" ") === true;
    if (!isPair || first === undefined || second === undefined || isOption(first) || isOption(second) || first.includes(" ")) continue;
    joined.push(`${first} ${second}`);
    index += 2;
  }
  return joined;
}

/** `-` alone is a word, as everywhere. */
export function isOption(token: string): boolean {
  return token.length > 1 && token.startsWith("-");
}

/** The flag behind a long name, whatever spelling. */
export function flagNamed(name: string, flags: readonly FlagSpec[]): FlagSpec | undefined {
  return flags.find((flag) => flag.name === name || (flag.aliases ?? []).includes(name));
}

/** The flag whose value must be the next token, if this token leaves one open. */
function flagWantingNext(token: string, flags: readonly FlagSpec[]): FlagSpec | undefined {
  if (token.startsWith("--")) {
    const flag = token.includes("=") ? undefined : flagNamed(token.slice(2), flags);
    return flag?.value === undefined ? undefined : flag;
  }
  for (let at = 1; at < token.length; at += 1) {
    const flag = flags.find((one) => one.short === token[at]);
    if (flag === undefined) return undefined;
    if (flag.value !== undefined) return at === token.length - 1 ? flag : undefined;
  }
  return undefined;
}
