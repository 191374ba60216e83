/** Finding by a few letters: commands and targets by how well they fit, log lines by whether they do. Pure. */

/** Higher fits better; undefined when the letters are not there in this order. Letters at the beginning of words and letters in a row count more. */
export function fuzzyScore(text: string, query: string): number | undefined {
  const [where, wanted] = [text.toLowerCase(), query.toLowerCase()];
  if (wanted === "") return 0;
  const direct = where.indexOf(wanted);
  if (direct >= 0) return 1000 - direct * 4 - where.length + (isWordStart(where, direct) ? 200 : 0);
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    const next = where.indexOf(letter, at + 1);
    if (next < 0) return undefined;
    score += next === at + 1 ? 8 : isWordStart(where, next) ? 6 : 1 - Math.min(6, next - at) / 2;
    at = next;
  }
  return score - where.length / 10;
}

function isWordStart(text: string, at: number): boolean {
  return at === 0 || /[\s/:._-]/.test(text[at - 1] ?? "");
}

/** Whether a line passes; `trouble` when the filter cannot be understood. */
export interface LineFilter {
  readonly passes: (text: string) => boolean;
  readonly trouble?: string;
}

const everything: LineFilter = { passes: () => true };

/** Words must all be there, with letters left out inside a word; or a regular expression, without regard to case. */
export function lineFilter(text: string, isRegex: boolean): LineFilter {
  if (text.trim() === "") return everything;
  const patterns = isRegex ? [text] : text.trim().split(/\s+/).map(lettersOf);
  try {
    const all = patterns.map((pattern) => new RegExp(pattern, "iu"));
    return { passes: (line) => all.every((pattern) => pattern.test(line)) };
  } catch (error) {
    return { passes: () => true, trouble: error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error) };
  }
}

/** Its letters in one word, each at the first place it has: there is one way to fit, so that a long line without blanks is no trap. */
function lettersOf(word: string): string {
  return `(?<!\\S)${[...word].map(escaped).map((letter) => `[^\\s${letter}]*${letter}`).join("")}`;
}

/** Also between brackets. */
function escaped(character: string): string {
  if (character === "-") return String.raw`\x2d`;
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
