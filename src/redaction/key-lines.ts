/** Private keys that came apart in lines, each of which looks harmless by itself. Pure. */
import { masked } from "../model/secrets.ts";

/** A certificate and a public key are for everybody. */
const beginning = /-----BEGIN (?!CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)[A-Z0-9 ]+-----/;
const ending = /-----END (?!CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)[A-Z0-9 ]+-----/;
/** No key is longer; what follows a beginning without an end is not hidden for ever. */
export const mostKeyLines = 300;
/** What every full line of a key holds. */
const body = /[\w+/=-]{16}/;

/** True for a line that begins or ends a key, or may stand in one. */
export function isOfKey(line: string): boolean {
  return beginning.test(line) || ending.test(line) || /^[\w+/=-]{16,}$/.test(line);
}

/** Of one text, given line by line: hides what stands between the first line of a key and its last. */
export function keyLineReader(): (line: string) => string {
  let left = 0;
  return (line) => {
    const [begins, ends] = [line.search(beginning), line.search(ending)];
    const isInside = left > 0;
    left = begins > ends ? mostKeyLines : ends >= 0 ? 0 : Math.max(0, left - 1);
    if (!isInside || begins >= 0) return line;
    return ends >= 0 ? masked + line.slice(ends) : masked;
  };
}

/** The same lines, those of keys hidden, also where the first lines of a key were cut off. */
export function withoutKeyLines(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.includes("-----") && (beginning.test(line) || ending.test(line)));
  if (first < 0) return lines;
  const reader = keyLineReader();
  const read = lines.map(reader);
  if (beginning.test(lines[first] ?? "")) return read;
  const above = lines.slice(0, first);
  // The last line of a key may be short.
  const before = above.findLastIndex((line, at) => at < first - 1 && !body.test(line));
  return read.map((line, at) => (at > before && at < first ? masked : line));
}
