/** A hash over the code of a file or directory, whatever links it hides behind. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Of the files and directories at these paths below `base`, with everything in them; one that is not there counts as empty. A link
 * counts as what it leads to, since that is what would run. Throws when something cannot be read.
 */
export function contentHash(base: string, paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((one) => filesAt(base, one))) {
    const content = readFileSync(join(base, path));
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** The file at a path below `base`, or those in the directory there, in a fixed order. `above`: directories it lies in, so that a link that leads back ends there. Sockets and devices hold no code. */
export function filesAt(base: string, path: string, above: ReadonlySet<string> = new Set()): readonly string[] {
  const place = join(base, path);
  const found = statSync(place, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  const real = realpathSync(place);
  if (!found.isDirectory() || above.has(real)) return [];
  return readdirSync(place).filter((name) => name !== ".git").sort().flatMap((name) => filesAt(base, `${path}/${name}`, new Set([...above, real])));
}
