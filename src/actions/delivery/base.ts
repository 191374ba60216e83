/** The branch a project's work is measured against. */
import { readJson } from "../../host/files.ts";
import { UserError } from "../../model/failure.ts";
import { provenanceFile } from "../../worktrees/provenance.ts";
import { gitMaybe, type GitPlace } from "../git.ts";

export interface Base {
  /** A name git resolves. */
  readonly ref: string;
  /** The branch alone, as a forge knows it. */
  readonly branch: string;
  readonly because: string;
}

/** What a worktree remembers of its making. */
export interface Provenance {
  readonly branch?: string;
  readonly ref?: string;
}

export const usualBases = ["dev", "main", "master"] as const;

/** The wish, else where the worktree came from, else the first of dev, main, master. Throws a UserError where none is there. */
export async function baseOf(place: GitPlace, own: string | undefined, wish: string | undefined): Promise<Base> {
  if (wish !== undefined) {
    const found = await known(place, wish, "--base says so");
    if (found !== undefined) return found;
    throw new UserError({ reason: "unknown_target", message: `there is no branch or commit "${wish}" in ${place.root}`, hint: "fetch it, or name another with --base" });
  }
  const provenance = provenanceIn(readJson(provenanceFile(place.root)));
  const origins = [provenance.branch, provenance.ref].filter((one) => one !== undefined && one !== own && one !== "HEAD");
  for (const name of origins) {
    const found = name === undefined ? undefined : await known(place, name, "the worktree was made from it");
    if (found !== undefined) return found;
  }
  for (const name of usualBases.filter((one) => one !== own)) {
    const found = await known(place, name, `the first of ${usualBases.join(", ")}`);
    if (found !== undefined) return found;
  }
  throw new UserError({ reason: "unknown_target", message: `no base was found for ${own ?? "this commit"}: none of ${usualBases.join(", ")} is another branch here`, hint: "name it with --base" });
}

/** Fields of `worktree-provenance.json`; a damaged file says nothing. Pure. */
export function provenanceIn(value: unknown): Provenance {
  if (typeof value !== "object" || value === null) return {};
  const text = (key: string): string | undefined => {
    const found: unknown = Reflect.get(value, key);
    return typeof found === "string" && found !== "" ? found : undefined;
  };
  const [branch, ref] = [text("source_branch"), text("source_ref")];
  return { ...(branch === undefined ? {} : { branch }), ...(ref === undefined ? {} : { ref }) };
}

/** What a forge has is what work is merged into, so a remote's branch counts before a local one, which may lag behind. */
async function known(place: GitPlace, name: string, because: string): Promise<Base | undefined> {
  if (name.startsWith("-")) return undefined;
  const branch = name.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, "").replace(/^origin\//, "");
  for (const ref of [`refs/remotes/origin/${branch}`, `refs/heads/${branch}`, name]) {
    if ((await gitMaybe(place, "rev-parse", "--verify", "--quiet", `${ref}^{commit}`)) !== undefined) return { ref, branch, because };
  }
  return undefined;
}
