/** What programs of others can do with `import { openRepository } from "envctl"`, which is what envctl's own dashboard is made of. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sendSignal } from "../../src/host/signals.ts";
import type { Envctl, ListedJob, LogWindow, Repository, RunMoment } from "../../src/sdk/api.ts";
import { openRepository } from "../../src/sdk/connect.ts";
import { puppet } from "../rig/puppet.ts";
import { packageRoot } from "../rig/source-files.ts";
import { startProgram } from "../rig/program.ts";
import { openProgram } from "../rig/terminal.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, scene, type Scene } from "./scene.ts";

const services = (port: number): Readonly<Record<string, unknown>> => ({ services: { api: { command: puppet({ listen: "{port}" }), port, restart: "never" } } });

async function killDaemon(stack: Scene): Promise<void> {
  sendSignal(Number((await stack.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
}

interface Follower {
  readonly moments: readonly RunMoment[];
  /** The last one is of this kind. */
  shows(link: RunMoment["link"], status?: string): Promise<RunMoment>;
  stop(): Promise<void>;
}

function follower(repository: Repository): Follower {
  const ending = new AbortController();
  const moments: RunMoment[] = [];
  const followed = (async () => {
    for await (const moment of repository.follow({ signal: ending.signal })) moments.push(moment);
  })();
  const stop = (): Promise<void> => (ending.abort(), followed);
  onTestFinished(stop);
  const last = (): RunMoment | undefined => moments.at(-1);
  const statusOf = ({ state }: RunMoment): string | undefined => state?.units["Main/api"]?.life.status;
  return { moments, stop, shows: (link, status) => eventually(() => (last()?.link === link && (status === undefined || statusOf(last() as RunMoment) === status) ? last() : undefined), `${link} ${status ?? ""}`) };
}

async function connected(repository: Repository): Promise<Envctl> {
  const envctl = await repository.connect();
  onTestFinished(() => envctl.close());
  return envctl;
}

test("a repository is followed over the lives of its daemons by as many as like to, and looking at it starts nothing", async () => {
  const stack = await scene(services);
  const repository = await openRepository({ cwd: stack.repo.root, env: stack.env });
  expect([repository.now(), repository.history(), await repository.jobs(), await repository.reach()]).toEqual([{ link: "never", state: undefined, problems: [] }, [], [], undefined]);
  const [one, other] = [follower(repository), follower(repository)];
  await one.shows("never");
  expect((await repository.preview({ kind: "start" })).nodes.map(({ unitId, action }) => [unitId, action])).toEqual([["Main/api", "start"]]);
  expect(await repository.reach()).toBeUndefined();

  const envctl = await connected(repository);
  await one.shows("live");
  expect(await envctl.submit({ kind: "start", projects: [] })).toMatchObject({ ok: true, intent: "start" });
  const ready = await one.shows("live", "ready");
  expect(ready.event?.runId).toBe(ready.state?.runId);
  const before = stack.pids();

  await killDaemon(stack);
  await envctl.closed;
  expect((await one.shows("gone")).state?.units["Main/api"]?.life.status).toBe("ready");
  expect([repository.now().link, await repository.reach()]).toEqual(["gone", undefined]);

  const from = one.moments.length;
  const next = await connected(repository);
  await one.shows("live", "ready");
  expect(one.moments.slice(from).map(({ link }) => link)).toContain("starting");
  expect(stack.pids()).toEqual(before);
  await next.submit({ kind: "stop", services: ["api"] });
  await one.shows("live", "stopped");
  await other.shows("live", "stopped");
  // What was folded from events is what the daemon has, and nothing that happened was missed or told twice.
  const state = await next.state();
  await eventually(() => one.moments.at(-1)?.state?.seq === state?.seq, "the last event");
  expect(one.moments.at(-1)?.state).toEqual(state);
  const steps = one.moments.flatMap(({ event }, at) => (event === undefined || event.seq === 0 ? [] : [event.seq - (one.moments[at - 1]?.state?.seq ?? 0)]));
  expect([steps.length > 5, new Set(steps)]).toEqual([true, new Set([1])]);
  expect(repository.history().at(-1)?.seq).toBe(state?.seq);
  await Promise.all([one.stop(), other.stop()]);
});

test("logs are read by windows, up and down and filtered, also where no daemon is", async () => {
  const stack = await scene(() => ({ services: { web: { command: ["sh", "-c", "seq 1 300; echo Error: the disk; exec sleep 600"], port: "none", ready: { log: "the disk" }, restart: "never" } } }));
  const repository = await openRepository({ cwd: stack.repo.root, env: stack.env });
  await expect(repository.logs(["Main/web"])).rejects.toMatchObject({ message: "Main/web has no log" });
  const envctl = await connected(repository);
  await envctl.submit({ kind: "start", projects: [] });
  expect(await envctl.logs("Main/web", 2)).toEqual(["300", "Error: the disk"]);
  await killDaemon(stack);
  await envctl.closed;
  const texts = ({ lines }: LogWindow): readonly string[] => lines.map(({ text }) => text);
  const end = await repository.logs(["Main/web"], { lines: 2 });
  expect([end.isAtEnd, end.lines[1]]).toEqual([true, expect.objectContaining({ unitId: "Main/web", text: "Error: the disk", level: "error", end: end.sizeBytes })]);
  const above = await repository.logs(["Main/web"], { lines: 2, ends: end.ends, by: -3 });
  expect([texts(above), above.isAtEnd]).toEqual([["297", "298"], false]);
  expect(texts(await repository.logs(["Main/web"], { lines: 2, ends: above.ends }))).toEqual(["297", "298"]);
  expect(texts(await repository.logs(["Main/web"], { lines: 2, ends: above.ends, by: 1 }))).toEqual(["298", "299"]);
  expect(texts(await repository.logs(["Main/web"], { keep: (text) => text.endsWith("00") }))).toEqual(["100", "200", "300"]);
  expect((await repository.logs(["Main/web"])).lines).toHaveLength(100);
});

test("jobs are listed with what they write, and ended, retried and waited for over a connection", async () => {
  const stack = await scene(services);
  const repository = await openRepository({ cwd: stack.repo.root, env: stack.env });
  expect((await stack.envctl(["run", "--no-wait", "--name", "seed", "--", ...puppet({ countMs: 50 })])).code).toBe(0);
  const running = (): Promise<ListedJob> => eventually(async () => (await repository.jobs()).find(({ life, outputs }) => life.status === "running" && existsSync(outputs[0] ?? "")), "the job that runs");
  const job = await running();
  await eventually(() => readFileSync(job.outputs[0] ?? "", "utf8").includes("count"), "what it writes");
  const envctl = await connected(repository);
  expect((await envctl.jobs({ action: "stop", ids: [job.id] })).map(({ id, life }) => [id, life.status])).toEqual([[job.id, "cancelled"]]);
  await envctl.jobs({ action: "retry", ids: [job.id] });
  await running();
  const ended = envctl.jobs({ action: "wait", id: job.id });
  await envctl.jobs({ action: "kill", ids: [job.id] });
  expect((await ended).map(({ life }) => life.status)).toEqual(["killed"]);
  expect((await repository.jobs()).map(({ id, life, outputs }) => [id, life.status, outputs.length])).toEqual([[job.id, "killed", 2]]);
});

test("the programs of the examples: a dashboard that shows what runs, says when the daemon has died and starts another one; what a stack becomes", async () => {
  const names = ["dashboard.mjs", "watch-stack.mjs"];
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(packageRoot, "examples/programs", name), "utf8")]));
  const stack = await scene(() => ({ services: { web: { command: ["sh", "-c", "echo here I am; exec sleep 600"], port: "none", ready: { log: "here I am" } } } }), { files });
  // As `npm install envctl` does.
  mkdirSync(join(stack.repo.root, "node_modules"));
  symlinkSync(packageRoot, join(stack.repo.root, "node_modules/envctl"));
  const terminal = openProgram(onTestFinished, [process.execPath, "dashboard.mjs"], { cwd: stack.repo.root, env: stack.env });
  await terminal.shows(/nothing runs, Enter starts it/);
  terminal.press("\r");
  await terminal.shows(/a daemon looks after it \| Main\/web ready/);
  await killDaemon(stack);
  await terminal.shows(/no daemon, Enter starts one \| Main\/web ready/);
  terminal.press("\r");
  await terminal.shows(/starts one \| Main\/web ready[^]*a daemon looks after it \| Main\/web ready/);
  terminal.press("\u0003");
  await terminal.ended;
  expect(isAlive(stack.pids()["Main/web"] ?? 0)).toBe(true);
  // It tells of what it has started, not of what was before.
  expect((await stack.envctl(["stop"])).code).toBe(0);
  const watched = await startProgram([process.execPath, "watch-stack.mjs"], { cwd: stack.repo.root, env: stack.env }).ended;
  expect(watched).toMatchObject({ code: 0, stderr: "" });
  expect(watched.stdout).toMatch(/^Main\/web is ready after \d+ ms\nMain\/web says: here I am\n$/);
});
