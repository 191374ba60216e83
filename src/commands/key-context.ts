/** Lines that are not shown, and tell of those that are whether they belong to a private key. */
import { isOfKey, mostKeyLines } from "../redaction/key-lines.ts";
import { readTail, type LogTail, type TailLimits } from "./log-file.ts";

/** The end of a log as it was read for `keep`, with what stood between and before the lines that were kept. */
export interface TailInContext {
  readonly file: LogTail;
  /** In the order of the log; what cannot be of a key is empty, and left out where there is more of it than a key has lines. */
  readonly context: readonly ContextLine[];
}

export interface ContextLine {
  readonly text: string;
  /** One of the lines of `file`. */
  readonly isKept: boolean;
}

/** Longer ones are of no key. */
const beforeBytes = 64 * 1024;

/** Reads as `readTail` does, and as many lines before that at most. */
export async function readTailInContext(path: string, limits: TailLimits, linesBefore: number): Promise<TailInContext> {
  const seen: ContextLine[] = [];
  let [first, skipped] = [undefined as number | undefined, 0];
  const file = await readTail(path, {
    ...limits,
    keep: (text, start) => {
      const isKept = limits.keep?.(text, start) ?? true;
      first = start;
      skipped = isKept || isOfKey(text) ? 0 : skipped + 1;
      if (skipped <= mostKeyLines) seen.push({ text: skipped === 0 ? text : "", isKept });
      return isKept;
    },
  });
  const before = await readTail(path, { lines: linesBefore, bytes: beforeBytes, ...(first === undefined ? {} : { toByte: first }) });
  return { file, context: [...before.lines.map(({ text }) => ({ text, isKept: false })), ...seen.toReversed()] };
}
