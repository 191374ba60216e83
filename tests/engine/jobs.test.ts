import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createJobs } from "../../src/engine/jobs/jobs.ts";
import type { Job, JobOrder } from "../../src/model/job.ts";
import { workshop } from "./workshop.ts";

interface JobShop {
  readonly directory: string;
  submit(command: readonly string[]): Promise<Job>;
  order(order: JobOrder): Promise<readonly Job[]>;
  ended(id: string): Promise<Job | undefined>;
}

async function jobShop(): Promise<JobShop> {
  const shop = await workshop({});
  const jobs = createJobs(shop.engine);
  onTestFinished(() => jobs.close());
  const order = (one: JobOrder): Promise<readonly Job[]> => jobs.order(one, new AbortController().signal);
  let token = 0;
  return {
    order, directory: shop.directory,
    submit: async (command) => {
      const draft = { command, project: "Main", tags: [], onError: "keep", maxAttempts: 1, env: {} } as const;
      const [job] = await order({ action: "submit", drafts: [draft], token: String((token += 1)), caller: { directory: shop.directory, environment: { PATH: process.env["PATH"] ?? "" } } });
      if (job === undefined) throw new Error("no job was taken");
      return job;
    },
    ended: async (id) => (await order({ action: "wait", id }))[0],
  };
}

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
