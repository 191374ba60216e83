/** What is left below the directory of jobs by somebody who was killed: files of no job. */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isJobId } from "../model/job.ts";

/** Where a job is as long as it is known. */
const orders = ["inbox", "reserved", "done", "taken"] as const;
/** What lies beside: named by a job's id, or by it and a number behind a dot. */
const besides = ["work", "exits", "outputs", "launches", "ends"] as const;

/** Younger ones may be somebody's who is at work. */
const youngestMs = 3_600_000;

/** Removes them and answers how many there were. `root` is `<scope>/jobs`. */
export function removeRemains(root: string, nowMs: number): number {
  const found = besides.flatMap((directory) => namesIn(join(root, directory)).map((name) => ({ path: join(root, directory, name), id: name.split(".")[0] ?? "" })));
  const remains = found.filter(({ path, id }) => isJobId(id) && isOlder(path, nowMs - youngestMs) && orders.every((order) => !existsSync(join(root, order, id))));
  for (const { path } of remains) rmSync(path, { recursive: true, force: true });
  return remains.length;
}

function isOlder(path: string, ms: number): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY) < ms;
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
