import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LeaseRow } from "../../src/model/service.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { startProgram } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { writeUnit } from "./graph-scene.ts";
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
  const shell = stack.told("lease", "reserve", "counter", "--wait", "1e9");
  sendSignal(-pid, "SIGKILL");
  const mine = await shell;
  expect(await statusOf(stack, next)).toBe("failed");
  // What a shell has, it still has.
  await stack.killDaemon();
  expect(await refusal(stack, "reserve", "counter")).toEqual([1, expect.stringMatching(new RegExp(String.raw`^counter has no room: capacity 1/1, held by process \d+ \(${mine}\)$`))]);
  await stack.envctl(["svc", "release", mine]);
  expect([await holders(stack), existsSync(join(stack.scope(), "reservations.json"))]).toEqual([[], false]);
});

test("D4 P3 units of a graph wait for places of services as well, and give them back when they end or are killed; what nobody has is told before anything runs", async () => {
  const stack = await serviceScene();
  const unit = (name: string, header: string): void => writeUnit(join(stack.repo.root, ".envctl.d/units", name), `# envctl: ${header}\nuntil [ -e "${stack.directory}/${name}" ]; do sleep 0.05; done\n`);
  unit("wrong", "uses=svc:nope");
  expect(await stack.envctl(["graph", "run"])).toMatchObject({ code: 2, stderr: expect.stringContaining('wrong wants a place of service "nope", which is not there') as string });

  unit("wrong", "claims=svc:counter,svc:echo");
  const lease = await stack.told("lease", "reserve", "echo");
  const graph = startProgram([process.execPath, join(import.meta.dirname, "../../bin/envctl.cjs"), "graph", "run"], { cwd: stack.repo.root, env: stack.env, timeoutMs: 90_000 });
  await eventually(async () => JSON.stringify(await holders(stack)).includes("wrong of Main's graph"), "the unit's first place", waitMs);
  await stack.envctl(["svc", "release", lease]);
  const both = async (): Promise<string> => ((await stack.svc("stats")) as { readonly leases: readonly LeaseRow[] }).leases.map(({ service, holder, alone }) => `${service}: ${holder}${alone ? ", alone" : ""}`).sort().join("; ");
  const owned = "counter: wrong of Main's graph, alone; echo: wrong of Main's graph, alone";
  await eventually(async () => (await both()) === owned, "both of its places", waitMs);
  // A daemon that is killed meanwhile gives them to nobody else.
  await stack.killDaemon();
  expect(await refusal(stack, "reserve", "counter")).toEqual([1, expect.stringMatching(/^counter has no room: capacity 1\/1, held by wrong of Main's graph \(lease-\w+\), alone$/)]);
  expect(await refusal(stack, "reserve", "echo", "--wait", "0.1")).toEqual([124, expect.stringMatching(/^echo has no room: held by wrong of Main's graph/)]);
  graph.signal("SIGKILL");
  await graph.ended;
  await eventually(async () => JSON.stringify(await holders(stack)) === "[]", "the end of what the graph held", waitMs);
  const mine = await stack.told("lease", "reserve", "counter", "--alone");
  const again = stack.envctl(["graph", "run", "--json"]);
  await stack.envctl(["svc", "release", mine]);
  // Given back to another daemon than it was had from.
  await eventually(async () => (await both()) === owned, "both of its places again", waitMs);
  await stack.killDaemon();
  finish(stack, "wrong");
  expect((await again).at("counts.pass")).toBe(1);
  expect(await holders(stack)).toEqual([]);
});
