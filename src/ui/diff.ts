/** What differs between two texts, line by line. Pure. */

const around = 2;

/** Lines that went with `- `, that came with `+ `, and two unchanged ones around them; empty for equal texts. */
export function diffLines(before: string, after: string): readonly string[] {
  const marked = compared(linesOf(before), linesOf(after));
  const near = marked.map((_line, index) => marked.slice(Math.max(0, index - around), index + around + 1).some((line) => !line.startsWith(" ")));
  return marked.flatMap((line, index) => (near[index] === true ? [line] : near[index - 1] === true && near.includes(true, index) ? ["  …"] : []));
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function compared(before: readonly string[], after: readonly string[]): readonly string[] {
  const lengths = commonLengths(before, after);
  const marked: string[] = [];
  let [one, other] = [0, 0];
  while (one < before.length || other < after.length) {
    if (one < before.length && other < after.length && before[one] === after[other]) {
      marked.push(`  ${before[one]}`);
      one += 1;
      other += 1;
    } else if (other >= after.length || (one < before.length && (lengths[one + 1]?.[other] ?? 0) >= (lengths[one]?.[other + 1] ?? 0))) {
      marked.push(`- ${before[one]}`);
      one += 1;
    } else {
      marked.push(`+ ${after[other]}`);
      other += 1;
    }
  }
  return marked;
}

/** Length of the longest common run of lines from each pair of places on. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  for (let one = before.length - 1; one >= 0; one -= 1) {
    for (let other = after.length - 1; other >= 0; other -= 1) {
      const row = lengths[one] ?? [];
      row[other] = before[one] === after[other] ? 1 + (lengths[one + 1]?.[other + 1] ?? 0) : Math.max(lengths[one + 1]?.[other] ?? 0, row[other + 1] ?? 0);
    }
  }
  return lengths;
}
