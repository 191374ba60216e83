/** Patterns people type for names: `*` is any text, everything else is itself. Pure. */

/** Whether the whole text fits. Every word is looked for once: a regular expression of many `*` would try every way to share the text out. */
export function fitsWildcard(pattern: string, text: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const word of others) {
    const found = text.indexOf(word, from);
    if (found < 0) return false;
    from = found + word.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
