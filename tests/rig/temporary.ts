/** Temporary directories that remove themselves. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { testRoot } from "./test-root.ts";

/** vitest's `onTestFinished` for things of one test, its `afterAll` for things of a whole file. */
export type Cleanup = (task: () => void | Promise<void>) => void;

/** A new directory, real path, that others may walk through but not list. */
export function temporaryDirectory(cleanup: Cleanup, name = "dir"): string {
  mkdirSync(testRoot, { recursive: true });
  const directory = realpathSync(mkdtempSync(join(testRoot, `${name}-`)));
  chmodSync(directory, 0o711);
  cleanup(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
