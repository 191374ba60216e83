import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isExpired, JobFiles, type StoredJob } from "../../src/jobs/job-files.ts";
import { Spool } from "../../src/jobs/spool.ts";
import type { JobEnd } from "../../src/model/job.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const id = "1795269371158957687";
const stored: StoredJob = { spec: { command: ["true"], project: "Main", directory: "/", tags: [], onError: "keep", maxAttempts: 1 }, env: {}, callerEnvironment: { SECRET: "s3cret" }, token: "t" };
const end: JobEnd = { status: "completed", exit: { kind: "code", code: 0 }, endedAt: "2026-11-21T12:00:00.000Z", output: { path: "", bytes: 0 }, errors: { path: "", bytes: 0 } };
const note = { launches: 1, attempts: 1, startedAt: "2026-11-21T11:00:00.000Z" };

function shelf(): { readonly root: string; readonly files: JobFiles; readonly spool: Spool } {
  const root = temporaryDirectory(onTestFinished, "jobs");
  return { root, files: new JobFiles(root, "process"), spool: new Spool(root, "process") };
}

/** As an earlier daemon left them when it was killed between two steps. */
async function interrupted(steps: (files: JobFiles, spool: Spool) => Promise<unknown>): Promise<readonly unknown[]> {
  const { files, spool } = shelf();
  await files.submit(id, stored);
  await steps(files, spool);
  await files.repair();
  const places = ["inbox", "reserved", "done", "taken"];
  const where = (await Promise.all(places.map(async (place) => ((await spool.ids(place)).includes(id) ? [place] : [])))).flat();
  const [job] = await files.load();
  return [...where, job?.life.status];
}

const body = (value: object): { readonly id: string; readonly body: Buffer } => ({ id, body: Buffer.from(JSON.stringify(value)) });

test.each<[string, (files: JobFiles, spool: Spool) => Promise<unknown>, readonly string[]]>([
  ["it was ordered", async () => undefined, ["inbox", "queued"]],
  ["it was reserved and no launch noted", (files) => files.reserve(id), ["inbox", "queued"]],
  ["a launch was noted", async (files) => (await files.reserve(id), files.noteLaunch(id, note)), ["reserved", "running"]],
  ["its end was noted and its order not moved", async (files, spool) => (await files.reserve(id), await files.noteLaunch(id, note), spool.write("ends", body(end))), ["done", "completed"]],
  ["it was settled", async (files) => (await files.reserve(id), await files.noteLaunch(id, note), files.settle(id, end, "reserved")), ["done", "completed"]],
  ["a retry had only removed its end", async (files, spool) => (await files.reserve(id), await files.settle(id, end, "reserved"), spool.remove("ends", [id])), ["inbox", "queued"]],
  ["it was put aside and its end noted", async (files) => (await files.putAside(id), files.settle(id, end, "inbox")), ["done", "completed"]],
  ["it was put aside and begun again", async (files) => (await files.putAside(id), files.again(id, "done")), ["inbox", "queued"]],
  ["it was being taken", async (files, spool) => (await files.reserve(id), await files.settle(id, end, "reserved"), spool.write("taken", body({ ...(await files.load())[0], isTaken: true }))), ["taken", "completed"]],
])("W16 killed after %s, it is in one place", async (_what, steps, expected) => {
  expect(await interrupted(steps)).toEqual(expected);
});

test("W16 an order nobody can read is put aside, not lost, and no other job suffers", async () => {
  const { root, files } = shelf();
  mkdirSync(join(root, "inbox"), { recursive: true });
  writeFileSync(join(root, "inbox", "1795269371158950000"), '{"spec":');
  writeFileSync(join(root, "inbox", "1795269371158950001"), '{"spec":{}}');
  mkdirSync(join(root, "inbox", "somebody's folder"));
  await files.submit(id, stored);
  expect((await files.load()).map((job) => job.id)).toEqual([id]);
  await files.repair();
  for (const name of ["1795269371158950000", "1795269371158950001"]) expect(existsSync(join(root, "damaged", name))).toBe(true);
});

test("W16 a launch is claimed once: by the command that begins, or by whoever makes sure that it never will", async () => {
  const { files } = shelf();
  expect(await files.forestall(id, 1)).toBe(true);
  expect(await files.forestall(id, 1)).toBe(false);
  expect(await files.forestall(id, 2)).toBe(true);
});

test("W11 a taken result leaves no environment and no output behind", async () => {
  const { root, files } = shelf();
  await files.submit(id, stored);
  await files.reserve(id);
  await files.noteLaunch(id, note);
  const paths = files.filesOf(id, 1);
  for (const path of [paths.output, paths.errors, paths.status, paths.claim]) writeFileSync(path, "x");
  await files.settle(id, end, "reserved");
  const [job] = await files.load();
  if (job === undefined) throw new Error("no job");
  await (await files.take(job)).cleared;
  expect(await files.stored(id)).toBeUndefined();
  expect([paths.output, paths.errors, paths.status].filter((path) => existsSync(path))).toEqual([]);
  expect((await new Spool(root, "process").peek("taken", id))?.body.toString()).not.toContain("s3cret");
  // Killed when the order was gone and the output was not.
  mkdirSync(dirname(paths.output));
  writeFileSync(paths.output, "x");
  await files.repair();
  expect(existsSync(paths.output)).toBe(false);
});

test("results are kept for a week, those that were to be cleared when they failed no longer than they were waited for", () => {
  const job = { id, spec: stored.spec, attempts: 1, launches: 1, life: end, isTaken: false };
  const at = (days: number): number => Date.parse(end.endedAt) + days * 24 * 3_600_000;
  expect([isExpired(job, at(6)), isExpired(job, at(8))]).toEqual([false, true]);
  expect(isExpired({ ...job, spec: { ...stored.spec, onError: "clear" }, life: { ...end, status: "failed" } }, at(0))).toBe(true);
});
