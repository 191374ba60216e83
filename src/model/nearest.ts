/** Nearest names, for messages about typing slips. */

/** The candidate most like `word`, if it is near enough to be meant (a third of the word may differ). */
export function nearestName(word: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(word);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of candidates) {
    const distance = editDistance(wanted, plain(name));
    if (distance < (best?.distance ?? Math.max(1, Math.floor(wanted.length / 3)) + 1)) best = { name, distance };
  }
  return best?.name;
}

/** Case and the kind of separator are the most common slips, so they cost nothing. */
function plain(name: string): string {
  return name.slice(0, 80).toLowerCase().replaceAll(/[-_ .]/g, "");
}

/** Levenshtein's distance where a swap of neighbours counts once (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current: number[] = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const at = (line: readonly number[], index: number): number => line[index] ?? Number.POSITIVE_INFINITY;
      current.push(Math.min(
        at(current, column - 1) + 1,
        at(last, column) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      ));
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
