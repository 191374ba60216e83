/** Patterns with `*`, `**` and `?`: over paths, and over names of projects. */

/** A pattern as a regular expression over whole relative paths. */
export function globExpression(pattern: string): RegExp {
  const body = pattern.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (sign) => {
    if (sign === "**/") return "(?:.*/)?";
    if (sign === "**") return ".*";
    if (sign === "*") return "[^/]*";
    return sign === "?" ? "[^/]" : `\\${sign}`;
  });
  return new RegExp(`^${body}$`);
}

/**
 * The names a word means: the one that is exactly it, else the one that differs in capitals only, else all that match it as a pattern.
 * None when it means nothing.
 */
export function namesMeant(word: string, names: readonly string[]): readonly string[] {
  const found = names.find((name) => name === word) ?? names.find((name) => name.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return [found];
  if (!/[*?]/.test(word)) return [];
  const expression = globExpression(word.toLowerCase());
  return names.filter((name) => expression.test(name.toLowerCase()));
}
