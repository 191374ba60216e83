import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sendSignal } from "../../src/host/signals.ts";
import { eventually } from "../rig/wait.ts";
import { refusal, serviceScene, type ServiceScene } from "./service-scene.ts";

const waitMs = 30_000;

/** Orders a job that ends once the file is there; answers its id. */
async function ordered(stack: ServiceScene, name: string, ...words: readonly string[]): Promise<string> {
  return String((await stack.envctl(["run", "--no-wait", "--name", name, "--json", ...words, "--", "sh", "-c", `until [ -e "${stack.directory}/${name}" ]; do sleep 0.05; done`])).at("tid"));
}

function finish(stack: ServiceScene, name: string): void {
  writeFileSync(join(stack.directory, name), "");
}

async function statusOf(stack: ServiceScene, id: string): Promise<string> {
  return String((await stack.envctl(["job", "status", id, "--json"])).at("jobs.0.status"));
}

async function holders(stack: ServiceScene): Promise<unknown> {
  return ((await stack.svc("show", "counter")) as { readonly holders: unknown }).holders;
}

test("D4 jobs and reservations want the same places of a service: they wait in one line, and everybody sees who has what", async () => {
  const stack = await serviceScene();
  const train = await ordered(stack, "train", "--uses", "svc:counter");
  await eventually(async () => (await statusOf(stack, train)) === "running", "the first job", waitMs);
  expect(await refusal(stack, "reserve", "counter")).toEqual([1, `counter has no room: capacity 1/1, held by job train (${train})`]);
  expect([await holders(stack), (await stack.envctl(["svc", "list"])).stdout]).toEqual([[`job train (${train})`], expect.stringMatching(/counter .*1\/1 .*job train \(\d{19}\)/)]);
  expect(await refusal(stack, "release", `job-${train}`)).toEqual([3, `job-${train} is no reservation to give back: job train (${train}) has its place in counter until it ends`]);
  expect(await stack.envctl(["run", "--uses", "svc:nope", "--", "true"])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no service "nope"') as string });

  // In the order they came: a program, a job that wants it alone, which is stopped, and another job.
  const envctl = await stack.connected();
  const waiting = envctl.reserve("counter", { waitMs: 60_000 });
  const [alone, next] = [await ordered(stack, "alone", "--claims", "svc:counter"), await ordered(stack, "next", "--uses", "svc:counter")];
  expect((await stack.envctl(["jobs"])).stdout).toMatch(/queued, wants svc:counter/);
  await stack.envctl(["job", "stop", alone]);
  finish(stack, "train");
  const lease = await waiting;
  expect([await statusOf(stack, train), await statusOf(stack, alone), await statusOf(stack, next)]).toEqual(["completed", "cancelled", "queued"]);
  await lease.release();
  await eventually(async () => (await statusOf(stack, next)) === "running", "the job behind it", waitMs);
  expect(await holders(stack)).toEqual([`job next (${next})`]);

  // A daemon that is killed changes nothing of that; a job that is killed gives its place to who waits.
  await stack.killDaemon();
  expect(await refusal(stack, "reserve", "counter")).toEqual([1, `counter has no room: capacity 1/1, held by job next (${next})`]);
  const pid = Number((await stack.envctl(["job", "status", next, "--json"])).at("jobs.0.pid"));
  const shell = stack.told("lease", "reserve", "counter", "--wait", "60");
  sendSignal(-pid, "SIGKILL");
  expect(await shell).toMatch(/^lease-/);
  expect(await statusOf(stack, next)).toBe("failed");
});
