/** Which content of a checkout test results are about. */
import { createHash } from "node:crypto";
import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { ActionPlace } from "../place.ts";
import { gitAnswer, gitMaybe, zeroNames } from "../git.ts";

export interface CheckoutState {
  /** Undefined before the first commit, and outside git. */
  readonly head: string | undefined;
  /** Over every difference from HEAD, contents of untracked files included. */
  readonly statusHash: string;
  readonly statusLines: number;
}

/** Reads it; ignored files do not count. */
export async function checkoutState(place: Pick<ActionPlace, "root" | "environment" | "signal">): Promise<CheckoutState> {
  const head = await gitMaybe(place, "rev-parse", "--verify", "--quiet", "HEAD");
  const status = (await gitMaybe(place, "status", "--porcelain=v1", "-z", "--untracked-files=all")) ?? "";
  const untracked = zeroNames(status).filter((line) => line.startsWith("?? ")).map((line) => line.slice(3));
  const diff = head === undefined ? "" : ((await gitMaybe(place, "diff", "--no-ext-diff", "--no-textconv", "--binary", "HEAD")) ?? "");
  const contents = await contentsOf(untracked, place);
  const statusHash = createHash("sha256").update([status, diff, contents].join("\0")).digest("hex").slice(0, 16);
  return { head: head === undefined || head === "" ? undefined : head, statusHash, statusLines: zeroNames(status).length };
}

/** Git stops at the first path it cannot read as a file: links, repositories inside, and names of two lines are told by what the file system knows. */
async function contentsOf(names: readonly string[], place: Pick<ActionPlace, "root" | "environment" | "signal">): Promise<string> {
  const known = names.map((name) => ({ name, file: lstatSync(join(place.root, name), { throwIfNoEntry: false }) }));
  const plain = known.filter(({ name, file }) => file?.isFile() === true && !name.includes("\n"));
  const others = known.filter((one) => !plain.includes(one)).map(({ name, file }) => [name, file?.isSymbolicLink() === true ? readlinkSync(join(place.root, name)) : [file?.size, file?.mtimeMs]]);
  const hashes = plain.length === 0 ? "" : (await gitAnswer(place, ["hash-object", "--no-filters", "--stdin-paths"], `${plain.map(({ name }) => name).join("\n")}\n`)).stdout;
  return `${hashes}${others.length === 0 ? "" : JSON.stringify(others)}`;
}

/** Why results of one state say nothing about another; undefined when they do. */
export function staleness(saved: CheckoutState, current: CheckoutState): string | undefined {
  if (saved.head !== current.head) return `HEAD was ${shown(saved.head)} then and is ${shown(current.head)} now`;
  return saved.statusHash === current.statusHash ? undefined : "files have changed since";
}

function shown(head: string | undefined): string {
  return head?.slice(0, 10) ?? "no commit";
}
