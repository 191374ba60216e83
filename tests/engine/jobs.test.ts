import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createJobs } from "../../src/engine/jobs/jobs.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { JobFiles } from "../../src/jobs/job-files.ts";
import type { Job, JobDraft, JobOrder } from "../../src/model/job.ts";
import { eventually } from "../rig/wait.ts";
import { workshop, type Workshop } from "./workshop.ts";

type Drafted = Pick<JobDraft, "command"> & Partial<JobDraft>;

interface JobShop extends Pick<Workshop, "directory" | "engine" | "write"> {
  /** All of them in one order. */
  ordered(...drafts: readonly Drafted[]): Promise<readonly Job[]>;
  submit(command: readonly string[], more?: Partial<JobDraft>): Promise<Job>;
  order(order: JobOrder): Promise<readonly Job[]>;
  ended(id: string): Promise<Job | undefined>;
}

async function jobShop(changed: (engine: Engine) => Partial<Engine> = () => ({})): Promise<JobShop> {
  const shop = await workshop({});
  const jobs = createJobs({ ...shop.engine, ...changed(shop.engine) });
  onTestFinished(() => jobs.close());
  const order = (one: JobOrder): Promise<readonly Job[]> => jobs.order(one, new AbortController().signal);
  let token = 0;
  const ordered = (...drafts: readonly Drafted[]): Promise<readonly Job[]> => order({
    action: "submit", token: String((token += 1)), caller: { directory: shop.directory, environment: { PATH: process.env["PATH"] ?? "" } },
    drafts: drafts.map((draft) => ({ project: "Main", tags: [], onError: "keep", maxAttempts: 1, env: {}, ...draft })),
  });
  return {
    order, ordered, directory: shop.directory, engine: shop.engine, write: shop.write,
    submit: async (command, more) => {
      const [job] = await ordered({ command, ...more });
      if (job === undefined) throw new Error("no job was taken");
      return job;
    },
    ended: async (id) => (await order({ action: "wait", id }))[0],
  };
}

/** Shell text that waits for a file. */
const until = (path: string): string => `while ! [ -e '${path}' ]; do sleep 0.02; done`;

const outcomes = (settled: readonly PromiseSettledResult<unknown>[]): readonly string[] => settled.map(({ status }) => status).sort();

test("W11 W13 of two that take a result, or begin a job again, at the same time one is refused", async () => {
  const { submit, order, ended, directory } = await jobShop();
  const begun = join(directory, "begun");
  const { id } = await submit(["sh", "-c", `echo x >>'${begun}'`]);
  expect(await ended(id)).toMatchObject({ life: { status: "completed" } });
  expect(outcomes(await Promise.allSettled([order({ action: "retry", ids: [id] }), order({ action: "retry", ids: [id] })]))).toEqual(["fulfilled", "rejected"]);
  expect(await ended(id)).toMatchObject({ life: { status: "completed" }, attempts: 2 });
  expect(readFileSync(begun, "utf8")).toBe("x\nx\n");
  expect(outcomes(await Promise.allSettled([order({ action: "take", ids: [id] }), order({ action: "take", ids: [id] }), order({ action: "retry", ids: [id] })]))).toEqual(["fulfilled", "rejected", "rejected"]);
});

test("W7 W13 a stage that is begun again together with the one before waits for that, as the first time", async () => {
  const { ordered, order, ended, directory } = await jobShop();
  const [go, text] = [join(directory, "go"), join(directory, "text")];
  writeFileSync(go, "");
  writeFileSync(text, "first");
  const ids = (await ordered({ command: ["sh", "-c", `${until(go)}; cat '${text}'`] }, { command: ["tr", "a-z", "A-Z"], follows: [0] })).map(({ id }) => id);
  const last = async (): Promise<string> => {
    const job = await ended(ids[1] ?? "");
    return job !== undefined && "output" in job.life ? readFileSync(job.life.output.path, "utf8") : "";
  };
  expect(await last()).toBe("FIRST");
  rmSync(go);
  writeFileSync(text, "second");
  expect((await order({ action: "retry", ids })).map(({ life }) => life.status)).not.toContain("completed");
  writeFileSync(go, "");
  expect(await last()).toBe("SECOND");
});

test("W16 a job whose process cannot be noted, since the disk is full for example, is followed to its end and not begun twice", async () => {
  const notes = { launches: "", aside: "" };
  const { submit, ended, directory, engine } = await jobShop(({ launcher, scope }) => ({
    launcher: { ...launcher, launch: async (order) => {
      const pid = await launcher.launch(order);
      Object.assign(notes, { launches: join(scope.jobs, "launches"), aside: join(scope.jobs, "aside") });
      renameSync(notes.launches, notes.aside);
      writeFileSync(notes.launches, "in the way");
      return pid;
    } },
  }));
  const [go, begun] = [join(directory, "go"), join(directory, "begun")];
  const { id } = await submit(["sh", "-c", `echo x >>'${begun}'; ${until(go)}`], { onError: "requeue", maxAttempts: 2 });
  await eventually(() => existsSync(join(engine.scope.jobs, "events.jsonl")) && /"(?:started|failed|queued)"/.test(readFileSync(join(engine.scope.jobs, "events.jsonl"), "utf8")), "what became of it");
  rmSync(notes.launches);
  renameSync(notes.aside, notes.launches);
  await eventually(() => existsSync(begun), "its beginning");
  writeFileSync(go, "");
  expect(await ended(id)).toMatchObject({ attempts: 1, life: { status: "completed" } });
  expect(readFileSync(begun, "utf8")).toBe("x\n");
});

test("W16 of an order that could be taken only in part nothing is left for the next daemon to begin", async () => {
  const { ordered, engine } = await jobShop();
  const unwritable = Object.assign(["t"], { toJSON: () => { throw new Error("no room"); } });
  await expect(ordered({ command: ["true"] }, { command: ["true"], tags: unwritable })).rejects.toThrow("no room");
  expect(await new JobFiles(engine.scope.jobs, "process").load()).toEqual([]);
});

test("D4 W13 how many places a service has is known by the last order, not by a job that is begun again", async () => {
  const { submit, order, ended, engine, directory, write } = await jobShop();
  const capacity = (places: object): void => write(".envctl.d/services/svc_gpu/service.json", JSON.stringify({ about: "Computes", ...places }));
  const go = join(directory, "go");
  write(".envctl.d/services/svc_gpu/index.mjs", "export class Gpu { static methods = []; }\n");
  capacity({ capacity: 2 });
  const { id: earlier } = await submit(["true"], { uses: ["svc:gpu"] });
  await ended(earlier);
  capacity({ capacity: 1 });
  const { id: later } = await submit(["sh", "-c", until(go)], { uses: ["svc:gpu"] });
  await order({ action: "retry", ids: [earlier] });
  expect([engine.line.held(), engine.line.waitingFor("svc:gpu")].map((all) => all.map(({ name }) => name))).toEqual([[`job-${later}`], [`job-${earlier}`]]);
  capacity({});
  const { id: last } = await submit(["true"], { uses: ["svc:gpu"] });
  for (const id of [earlier, last]) expect(await ended(id)).toMatchObject({ life: { status: "completed" } });
  writeFileSync(go, "");
  expect(await ended(later)).toMatchObject({ life: { status: "completed" } });
  capacity({ capacity: 0 });
  await expect(submit(["true"], { uses: ["svc:gpu"] })).rejects.toThrow("capacity has to be a whole number above 0");
});
