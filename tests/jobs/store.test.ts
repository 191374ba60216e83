import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { dumpIn, type StoreDump } from "../../src/jobs/dump.ts";
import { JobFiles } from "../../src/jobs/job-files.ts";
import { Queues } from "../../src/jobs/queues.ts";
import { Spool } from "../../src/jobs/spool.ts";
import { JobStore } from "../../src/jobs/store.ts";
import type { JobEnd } from "../../src/model/job.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const id = "1795269371158957687";
const spec = { command: ["true"], project: "Main", directory: "/", tags: [], onError: "keep", maxAttempts: 1 } as const;
const end: JobEnd = { status: "completed", exit: { kind: "code", code: 0 }, endedAt: new Date().toISOString(), output: { path: "", bytes: 0 }, errors: { path: "", bytes: 0 } };

function shelf(): { readonly root: string; readonly files: JobFiles; readonly queues: Queues; readonly store: JobStore } {
  const root = temporaryDirectory(onTestFinished, "store");
  const files = new JobFiles(join(root, "jobs"), "process");
  const queues = new Queues({ spool: new Spool(join(root, "queues"), "process"), aliasesPath: join(root, "aliases.json"), clock: systemClock, prepare: () => undefined });
  return { root, files, queues, store: new JobStore({ files, queues, clock: systemClock, environment: { HERE: "yes" } }) };
}

async function full(): Promise<ReturnType<typeof shelf>> {
  const made = shelf();
  for (const text of ["one", "two"]) await made.queues.write("a", Buffer.from(text));
  made.queues.setAlias("short", "a");
  await made.files.submit(id, { spec, env: { TOKEN: "s3cret" }, callerEnvironment: { PASSWORD: "s3cret" }, token: "t" });
  await made.files.reserve(id);
  await made.files.noteLaunch(id, { launches: 1, attempts: 1, startedAt: end.endedAt });
  const paths = made.files.filesOf(id, 1);
  writeFileSync(paths.output, "hello\n");
  await made.files.settle(id, { ...end, ...(await made.files.outputOf(id, 1)) }, "reserved");
  return made;
}

test("W21 what one store wrote out another takes in: the same ids, the same bodies, and no environment; once is enough", async () => {
  const [one, other] = [await full(), shelf()];
  const { dump } = await one.store.dump();
  const text = JSON.stringify(dump);
  expect(text).not.toContain("s3cret");
  await other.store.load(dumpIn(text, "dump.json"), false);
  expect(await other.queues.peek("@short", {})).toEqual(await one.queues.peek("a", {}));
  expect((await other.store.dump()).dump).toEqual({ ...dump, madeAt: expect.any(String) as string });
  expect((await other.files.stored(id))?.callerEnvironment).toEqual({ HERE: "yes" });
  expect(await other.store.load(dump, false)).toMatchObject({ queues: [], aliases: {}, jobs: [] });
});

test("W21 a message that was moved, an alias of another meaning and another job of the same id are all told before anything is written", async () => {
  const [one, other] = [await full(), shelf()];
  const { dump } = await one.store.dump();
  const [first] = dump.queues[0]?.messages ?? [];
  await other.queues.put("b", { id: first?.id ?? "", body: Buffer.from("one") });
  other.queues.setAlias("short", "elsewhere");
  await other.files.submit(id, { spec: { ...spec, command: ["false"] }, env: {}, callerEnvironment: {}, token: "x" });
  await expect(other.store.load(dump, false)).rejects.toMatchObject({ exit: 3, failures: [{ message: expect.stringContaining("alias short means elsewhere") as string }, { message: expect.stringContaining("is in b here, and in a") as string }, { message: expect.stringContaining("is another one here: false") as string }] });
  expect((await other.queues.sizes()).map(({ queue }) => queue)).toEqual(["b"]);
});

test.each<[string, (dump: StoreDump) => unknown]>([
  ["another version", (dump) => ({ ...dump, version: 2 })],
  ["an id that leaves the store", (dump) => ({ ...dump, queues: [{ queue: "a", messages: [{ id: "../../x", body: "" }] }] })],
  ["a queue that cannot be called so", (dump) => ({ ...dump, queues: [{ queue: "q".repeat(256), messages: [] }] })],
  ["a message in two queues", (dump) => ({ ...dump, queues: [...dump.queues, { queue: "b", messages: dump.queues[0]?.messages }] })],
  ["a launch that leaves the store", (dump) => ({ ...dump, jobs: dump.jobs.map((one) => ({ ...one, job: { ...one.job, launches: "../../../../x" } })) })],
  ["a job that runs", (dump) => ({ ...dump, jobs: dump.jobs.map((one) => ({ ...one, job: { ...one.job, life: { status: "running", startedAt: "" } } })) })],
  ["a result without its output", (dump) => ({ ...dump, jobs: dump.jobs.map((one) => ({ ...one, job: { ...one.job, life: { ...one.job.life, output: {} } } })) })],
  ["an alias of an alias", (dump) => ({ ...dump, aliases: { one: "@other" } })],
  ["no object", () => []],
])("W21 %s is no dump", async (_what, changed) => {
  const { dump } = await (await full()).store.dump();
  expect(() => dumpIn(JSON.stringify(changed(dump)), "f.json")).toThrow("f.json is no dump of this version of envctl");
});

test("W21 tidy removes empty queues, expired results and old files of no job, and nothing else", async () => {
  const { root, files, queues, store } = await full();
  for (let count = 0; count < 100; count += 1) await queues.write("emptied", Buffer.from("x"));
  await queues.remove("emptied", {});
  const [orphan, young] = [join(root, "jobs", "work", "1795269371158957000"), join(root, "jobs", "work", "1795269371158957001")];
  for (const path of [orphan, young]) mkdirSync(path, { recursive: true });
  utimesSync(orphan, new Date(0), new Date(0));
  utimesSync(join(root, "jobs", "work", id), new Date(0), new Date(0));
  expect(await store.tidy(false)).toEqual({ queues: ["emptied"], jobs: [], remains: 1 });
  expect([orphan, young, join(root, "queues", "emptied"), join(root, "jobs", "work", id)].map((path) => existsSync(path))).toEqual([false, true, false, true]);

  const later = new JobStore({ files, queues, clock: { ...systemClock, now: () => Date.now() + 8 * 86_400_000 }, environment: {} });
  expect((await later.tidy(true)).jobs).toEqual([]);
  expect((await later.tidy(false)).jobs).toEqual([id]);
  expect(await files.load()).toEqual([]);
  expect(await queues.sizes()).toEqual([{ queue: "a", messages: 2 }]);
});

test("a queue that is removed while somebody writes to it is made anew", async () => {
  const spool = new Spool(temporaryDirectory(onTestFinished, "spool"), "process");
  for (let round = 0; round < 20; round += 1) {
    const writes = ["1", "2", "3"].map((name) => spool.write("q", { id: `${round}.${name}`, body: Buffer.from("x") }));
    await Promise.all([...writes, spool.removeEmpty()]);
    expect(await spool.remove("q", await spool.ids("q"))).toHaveLength(3);
  }
});
