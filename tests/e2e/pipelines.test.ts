import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { JobRow } from "../../src/contracts/job-reports.ts";
import { canMount, mountSmallDisk } from "../rig/mount.ts";
import { isAlive } from "../rig/processes.ts";
import { eventually } from "../rig/wait.ts";
import { exitAndErrors, jobScene, type JobScene } from "./job-scene.ts";

function writePipeline(shop: JobScene, name: string, stages: readonly unknown[], defaults: object = {}): void {
  shop.repo.write(`.envctl.d/pipelines/${name}.json`, JSON.stringify({ defaults, stages }));
}

test("W7 the stages of a pipeline follow each other, each reading what the last one wrote, also when the daemon is killed between them", async () => {
  const shop = await jobScene();
  const go = join(shop.directory, "go");
  const pipeline = (name: string, stages: readonly unknown[]): void => writePipeline(shop, name, stages);
  shop.repo.write(".envctl.d/tasks/up.json", '{"command": ["tr", "a-z", "A-Z"]}');
  pipeline("p", ["up", { name: "rev", command: ["rev"] }]);
  expect(await shop.envctl(["run", "--pipeline", "p", "--input", "abc\n"])).toMatchObject({ code: 0, stdout: "CBA\n" });
  pipeline("bad", [{ name: "first", command: "echo no >&2; exit 4" }, "up", "up"]);
  const bad = await shop.envctl(["run", "--json", "--pipeline", "bad"]);
  expect([bad.code, bad.at("status"), bad.at("error.message")]).toEqual([1, "cancelled", "job bad.up never began: bad.up was not completed"]);
  const rows = (await shop.envctl(["jobs", "--all", "--json"])).json() as readonly JobRow[];
  expect(rows.filter(({ name }) => name?.startsWith("bad")).map(({ name, status, attempts }) => [name, status, attempts])).toEqual([["bad.first", "failed", 1], ["bad.up", "cancelled", 0], ["bad.up", "cancelled", 0]]);

  pipeline("slow", [{ name: "wait", command: `while ! [ -e '${go}' ]; do sleep 0.05; done; cat`, input: "abc" }, "up", { command: ["rev"] }]);
  const last = (await shop.envctl(["run", "--no-wait", "--pipeline", "slow"])).stdout.trim();
  await eventually(async () => ((await shop.envctl(["jobs", "--status", "running", "--json"])).json() as readonly JobRow[]).length === 1, "the first stage");
  await shop.killDaemon();
  writeFileSync(go, "");
  expect((await shop.envctl(["result", last])).stdout.trim()).toBe("CBA");
  expect(exitAndErrors(await shop.envctl(["run", "--pipeline", "p", "--", "true"]))).toEqual([1, "--pipeline and a command behind -- exclude each other"]);
});

test("W7 a stage fans out over items or projects, so many at once, and the next one joins what all of them wrote; defaults hold for every stage", async () => {
  const shop = await jobScene({ worktrees: ["a"], files: { ".envctl.d/tasks/say.json": '{"command": "echo $PREFIX$ENVCTL_ITEM $(cat)"}' } });
  const join = { name: "join", command: "sort" };
  writePipeline(shop, "items", [{ name: "first", command: "echo $PREFIX" }, { task: "say", foreach: ["one", "two", 3] }, join], { env: { PREFIX: "item-" } });
  expect(await shop.envctl(["run", "--pipeline", "items"])).toMatchObject({ code: 0, stdout: "item-3 item-\nitem-one item-\nitem-two item-\n" });
  writePipeline(shop, "wide", [{ foreach: "projects", command: "echo $ENVCTL_PROJECT" }]);
  const wide = await shop.envctl(["run", "--pipeline", "wide"]);
  expect(wide.stdout.split("\n").filter((line) => line.startsWith("[")).toSorted()).toEqual(["[Main] Main", "[a] a"]);

  // One fails while the other one still runs: it is named, not the one that goes on.
  const [mended, go] = [`${shop.directory}/mended`, `${shop.directory}/go`];
  writePipeline(shop, "strict", [{ foreach: ["x", "y"], name: "each", command: `if [ $ENVCTL_ITEM = x ]; then while ! [ -e '${go}' ]; do sleep 0.05; done; else cat '${mended}'; fi && echo $ENVCTL_ITEM` }, join]);
  const running = shop.start(["run", "--json", "--pipeline", "strict", "--concurrency", "2"]);
  await eventually(async () => ((await shop.envctl(["jobs", "--status", "cancelled", "--json"])).json() as readonly JobRow[]).length === 1, "the join being given up", 30_000);
  writeFileSync(go, "");
  const broken = await running.ended;
  expect([broken.code, broken.at("error.message")]).toEqual([1, "job strict.join never began: strict.each.y was not completed"]);
  writeFileSync(mended, "mended\n");
  await shop.envctl(["job", "retry", "--pattern", "strict.*"]);
  expect((await shop.envctl(["result", String(broken.at("tid"))])).stdout).toBe("mended\nx\ny\n");
  const attempts = ((await shop.envctl(["jobs", "--all", "--json"])).json() as readonly JobRow[]).filter(({ name }) => name?.startsWith("strict.each")).map(({ attempts: count }) => count);
  expect(attempts).toEqual([1, 2]);

  for (const [stages, defaults, told] of [
    [[{ foreach: [], command: "x" }], {}, 'foreach must be "projects" or a list of texts'],
    [[{ task: 3 }], {}, "task must be the name of a task, not 3"],
    [["say"], { tmeout: 3 }, 'unknown key "tmeout"'],
  ] as const) {
    writePipeline(shop, "wrong", stages, defaults);
    expect(exitAndErrors(await shop.envctl(["run", "--pipeline", "wrong"]))).toEqual([1, expect.stringContaining(told)]);
  }
});

test.skipIf(!canMount())("W16 a disk that is full when a stage ends leaves the daemon alive, and the stages behind it do not begin", async () => {
  const shop = await jobScene();
  const unmount = mountSmallDisk(shop.stateRoot, "3m");
  onTestFinished(async () => {
    await shop.envctl(["daemon", "stop"]);
    unmount();
  });
  writePipeline(shop, "p", [{ name: "one", command: "sleep 600" }, { name: "two", command: "cat" }, { name: "three", command: "cat" }]);
  await shop.envctl(["run", "--no-wait", "--pipeline", "p"]);
  await eventually(async () => ((await shop.envctl(["jobs", "--status", "running", "--json"])).json() as readonly JobRow[]).length === 1, "the first stage");
  const daemon = await shop.daemonPid();
  const filling = join(shop.stateRoot, "filling");
  expect(() => writeFileSync(filling, Buffer.alloc(8 * 1024 * 1024))).toThrow("ENOSPC");
  expect((await shop.envctl(["job", "kill", "--pattern", "p.one"])).code).toBe(0);
  expect(exitAndErrors(await shop.envctl(["queue", "write", "q", "x"]))).toEqual([1, expect.stringContaining("the queues cannot be used: ENOSPC")]);
  rmSync(filling);
  expect([isAlive(daemon), (await shop.envctl(["run", "--", "echo", "goes on"])).stdout]).toEqual([true, "goes on\n"]);
  expect(await shop.daemonPid()).toBe(daemon);
  expect((await shop.envctl(["daemon", "restart"])).code).toBe(0);
  expect(((await shop.envctl(["jobs", "--json"])).json() as readonly JobRow[]).map(({ name, status }) => [name, status])).toEqual([["p.one", "killed"], ["p.two", "cancelled"], ["p.three", "cancelled"]]);
});
