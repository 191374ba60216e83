/** `envctl db`: snapshots, restore, clone, reset; what begins from Main; and that old data outlive whatever goes wrong. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { canMount, mountSmallDisk } from "../rig/mount.ts";
import { eventually } from "../rig/wait.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { dbScene, makeNote, notes, type DbScene } from "./db-scene.ts";

const ofMain = [{ text: "of Main" }];

function snapshotsIn(stack: DbScene, project: string, requirement = "postgres"): readonly string[] {
  const directory = join(dirname(stack.dataOf(project)), ".snapshots", requirement);
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

test("a snapshot of a running server is restored while it runs, and its service goes on", async () => {
  const stack = await dbScene({}, { worktrees: [] });
  await stack.done("start");
  const app = stack.pids()["Main/app"];
  await stack.sql("Main", makeNote);
  expect((await stack.envctl(["db", "snapshot", "noted"])).stderr).toMatch(/copying Main\/postgres: 0 %, 0\.0 of \d[\s\S]*copying Main\/postgres: 100 %, /);
  await stack.sql("Main", "delete from note");
  const restored = await stack.envctl(["db", "restore", "noted", "--json"]);
  expect(restored.jsonLines()).toContainEqual(expect.objectContaining({ type: "progress", unitId: "Main/postgres", text: "copying the snapshot noted", done: 0 }));
  expect(restored.jsonLines().at(-1)).toMatchObject({ ok: true, action: "restore", snapshot: "noted", restarted: true });
  expect(await stack.sql("Main", notes)).toEqual(ofMain);
  expect(stack.pids()["Main/app"]).toBe(app);
  expect(snapshotsIn(stack, "Main"), "nothing is left of the exchange").toEqual(["noted"]);
  expect(readdirSync(dirname(stack.dataOf("Main"))).sort()).toEqual([".replaced", ".snapshots", "postgres"]);
  expect(statSync(join(dirname(stack.dataOf("Main")), ".snapshots", "postgres", "noted")).mode & 0o777).toBe(0o700);

  expect((await stack.envctl(["db", "snapshot", "noted"])).stderr).toContain('there is a snapshot "noted" of Main/postgres already');
  expect((await stack.envctl(["db", "restore", "noticed"])).stderr).toContain("there are: noted");
  expect((await stack.envctl(["db", "snapshot", "../x"])).stderr).toContain('"../x" cannot be the name of a snapshot');
  const listed = await stack.envctl(["db", "list", "--json"]);
  expect(listed.jsonLines()).toMatchObject([{ action: "list", data: [{ project: "Main", requirement: "postgres", snapshots: [{ name: "noted", version: "16.14" }] }] }]);
  expect(await stack.done("db", "shell", "--", "-Atc", notes)).toBe("of Main\n");
});

test("a snapshot whose data do not start is taken back, and so is an exchange that was interrupted", async () => {
  const stack = await dbScene({}, { worktrees: [] });
  await stack.done("start");
  await stack.done("db", "snapshot", "empty");
  await stack.sql("Main", makeNote);
  rmSync(join(dirname(stack.dataOf("Main")), ".snapshots/postgres/empty/data/global/pg_control"));
  const failed = await stack.envctl(["db", "restore", "empty"]);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain("The data are as they were before.");
  expect(await stack.sql("Main", notes), "its server runs again with what it had").toEqual(ofMain);

  await stack.done("stop-all");
  const replaced = join(dirname(stack.dataOf("Main")), ".replaced");
  // As a machine that went down between the two renames leaves it.
  mkdirSync(replaced, { recursive: true });
  renameSync(stack.dataOf("Main"), join(replaced, "postgres"));
  await stack.done("start");
  expect(await stack.sql("Main", notes)).toEqual(ofMain);
});

test("a worktree begins with Main's data, once; clone and reset replace them and keep what was there", async () => {
  const stack = await dbScene({ seed: "main" }, { worktrees: ["a"] });
  await stack.done("start", "--main");
  await stack.sql("Main", makeNote);
  await stack.done("start", "--project", "a");
  expect(await stack.sql("a", notes)).toEqual(ofMain);
  await stack.sql("a", "update note set text = 'of a'");
  await stack.done("stop", "--project", "a");
  await stack.done("start", "--project", "a");
  expect(await stack.sql("a", notes), "never over data that are there").toEqual([{ text: "of a" }]);

  await stack.done("db", "clone", "a", "Main");
  expect(await stack.sql("Main", notes)).toEqual([{ text: "of a" }]);
  expect((await stack.envctl(["db", "reset", "--project", "a"])).stderr).toContain("say --force");
  await stack.sql("Main", "update note set text = 'new'");
  await stack.done("db", "reset", "--project", "a", "--force");
  expect(await stack.sql("a", notes)).toEqual([{ text: "new" }]);
  const [kept = ""] = snapshotsIn(stack, "a");
  expect(kept).toMatch(/^before-reset-/);
  await stack.done("db", "restore", kept, "--project", "a");
  expect(await stack.sql("a", notes)).toEqual([{ text: "of a" }]);
});

test("a daemon killed while it copies leaves the data as they are, and the next one clones", async () => {
  const stack = await dbScene({}, { worktrees: ["a"] });
  await stack.done("start", "--project", "Main,a");
  await stack.sql("Main", makeNote);
  await stack.sql("a", "create table note as select 'of a' as text");
  const daemon = (await stack.envctl(["daemon", "status", "--json"])).at("pid");
  const cloning = stack.envctl(["db", "clone", "Main", "a"]);
  await eventually(() => existsSync(join(dirname(stack.dataOf("a")), ".fresh-postgres")), "the copy under way");
  sendSignal(Number(daemon), "SIGKILL");
  expect((await cloning).code).toBe(1);
  expect(await stack.sql("a", notes)).toEqual([{ text: "of a" }]);
  await stack.done("db", "clone", "Main", "a");
  expect(await stack.sql("a", notes)).toEqual(ofMain);
  expect(readdirSync(dirname(stack.dataOf("a"))).filter((name) => name.startsWith(".fresh"))).toEqual([]);
});

test("a .sql file fills a database once, all of it or nothing", async () => {
  const stack = await dbScene({ seed: "seed.sql" }, { worktrees: [], files: { "seed.sql": `${makeNote};\nselect wrong;\n` } });
  const failed = await stack.envctl(["start"]);
  expect(failed.stdout + failed.stderr).toContain('column "wrong" does not exist');
  stack.repo.write("seed.sql", "create table note (text text);\ncopy note from stdin;\nof Main\n\\.\n");
  await stack.done("start");
  await stack.done("restart", "--service", "postgres");
  expect(await stack.sql("Main", notes)).toEqual(ofMain);
});

test.skipIf(!canMount())("a snapshot that does not fit is refused before anything is written, and the server goes on", async () => {
  const stack = await dbScene({}, { worktrees: [] });
  const unmount = mountSmallDisk(stack.stateRoot, "90m");
  onTestFinished(unmount);
  await stack.done("start");
  await stack.sql("Main", makeNote);
  const refused = await stack.envctl(["db", "snapshot", "large"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/needs \d+ MB, and \d+ MB are free in/);
  expect(snapshotsIn(stack, "Main")).toEqual([]);
  expect(await stack.sql("Main", notes)).toEqual(ofMain);
  await stack.done("stop-all");
  await stack.done("daemon", "stop");
  unmount();
});

test.each([true, false])("Redis: a snapshot is of the moment it was made (persist %s)", async (persist) => {
  const stack = await dbScene({}, { worktrees: [], requirements: { redis: { persist } } });
  await stack.done("start", "--service", "redis");
  const url = async (): Promise<string> => (await stack.done("db", "url", "--requirement", "redis")).trim();
  const said = async (work: (redis: Redis) => Promise<unknown>): Promise<unknown> => {
    const redis = new Redis(await url());
    return work(redis).finally(() => redis.quit());
  };
  await said((redis) => redis.set("who", "Main"));
  await stack.done("db", "snapshot", "first", "--requirement", "redis");
  await said((redis) => redis.set("who", "else"));
  await stack.done("db", "restore", "first", "--requirement", "redis");
  expect(await said((redis) => redis.get("who"))).toBe("Main");
});
