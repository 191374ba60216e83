/** What a merge would trip over, found out without touching the checkout. */
import { gitAnswer, zeroNames, type GitPlace } from "../git.ts";

/** Files that would conflict; undefined where this git cannot tell (before 2.38), or the histories have nothing in common. */
export async function conflictsWith(place: GitPlace, base: string): Promise<readonly string[] | undefined> {
  // Writes the merged tree into git's own store, as unreachable objects.
  const { code, stdout } = await gitAnswer(place, ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", base, "HEAD"]);
  if (code === 0) return [];
  return code === 1 ? [...new Set(zeroNames(stdout).slice(1))].sort() : undefined;
}
