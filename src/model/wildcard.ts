/** Patterns people type for names: `*` is any text, everything else is itself. Pure. */

/** Whether the whole text fits. */
export function fitsWildcard(pattern: string, text: string): boolean {
  const words = pattern.split("*").map((word) => word.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${words.join(".*")}$`, "s").test(text);
}
