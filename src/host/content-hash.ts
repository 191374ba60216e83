/** A hash over the code of a file or directory, whatever links it hides behind. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** How much may be hashed at once: whoever asks waits meanwhile, the daemon as well, and a link may lead to a whole disk. */
export interface HashLimits {
  readonly files: number;
  readonly bytes: number;
}

const usualLimits: HashLimits = { files: 50_000, bytes: 1024 ** 3 };

/**
 * Of the files and directories at these paths below `base`, with everything in them; one that is not there counts as empty. A link
 * counts as what it leads to, since that is what would run. Throws when something cannot be read, or is more than code can be.
 */
export function contentHash(base: string, paths: readonly string[], limits = usualLimits): string {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const path of paths.flatMap((one) => filesAt(base, one, limits))) {
    const content = readFileSync(join(base, path));
    bytes += content.length;
    if (bytes > limits.bytes) throw tooMuch(base, `${limits.bytes} bytes`);
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** The file at a path below `base`, or those in the directory there, in a fixed order. Sockets and devices hold no code. Throws where there are too many. */
export function filesAt(base: string, path: string, limits = usualLimits): readonly string[] {
  let left = limits.files;
  const files: string[] = [];
  // `above`: directories it lies in, so that a link that leads back ends there.
  const walk = (at: string, above: ReadonlySet<string>): void => {
    left -= 1;
    // Directories count as well: a few with links to each other are as many as there are ways through them.
    if (left < 0) throw tooMuch(base, `${limits.files} files and directories`);
    const place = join(base, at);
    const found = statSync(place, { throwIfNoEntry: false });
    if (found?.isFile() === true) files.push(at);
    if (found?.isDirectory() !== true) return;
    const real = realpathSync(place);
    if (above.has(real)) return;
    for (const name of readdirSync(place).filter((one) => one !== ".git").sort()) walk(`${at}/${name}`, new Set([...above, real]));
  };
  walk(path, new Set());
  return files;
}

function tooMuch(base: string, what: string): Error {
  return new Error(`more than ${what} are behind ${base}: a link may lead out of it`);
}
