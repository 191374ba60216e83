/** Output of a test runner as plain lines. Pure. */

// Escape sequences of colours and cursors: ECMA-48, CSI … final byte.
const escapes = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Without colours and carriage returns. */
export function plainLines(output: string): readonly string[] {
  return output.replaceAll(escapes, "").split(/\r?\n/);
}

/** The number in front of a word of a summary such as `2 failed, 1 passed`; 0 where the word is missing. */
export function countBefore(summary: string, word: string): number {
  return Number(new RegExp(String.raw`(\d+) ${word}`).exec(summary)?.[1] ?? 0);
}

/** `3 ms`, `0.12s`, `(1.5 s)` as milliseconds. */
export function milliseconds(value: string, unit: string): number {
  return unit === "s" ? Number(value) * 1000 : Number(value);
}
