/** Where the demo lives: one directory per user and checkout, so that `demo` and `demo:stop` find the same one. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const packageRoot = fileURLToPath(new URL("..", import.meta.url));
export const program = join(packageRoot, "bin", "envctl.cjs");
export const worktrees = ["checkout-1", "search-2"];

const checkoutKey = createHash("sha256").update(packageRoot).digest("hex").slice(0, 8);
export const demoDirectory = join(tmpdir(), `envctl-demo-${process.getuid()}-${checkoutKey}`);
export const repository = join(demoDirectory, "shop");

/** False when it was there already. Refuses a directory that somebody else made under this name. */
export function makeDemoDirectory() {
  try {
    mkdirSync(demoDirectory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return !isOurs();
  }
}

/** True when the demo's directory exists; throws when it is not this user's own. */
export function isOurs() {
  const found = lstatSync(demoDirectory, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isDirectory() || found.uid !== process.getuid()) throw new Error(`${demoDirectory} belongs to somebody else; set TMPDIR to a directory of your own`);
  return true;
}
