import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitAndErrors, jobScene } from "./job-scene.ts";

test("W10 W21 the store of one repository is taken in by another, whose daemon hands the results out; a dry run and a conflict write nothing", async () => {
  const shop = await jobScene();
  const other = shop.repository();
  const there = { cwd: other.root };
  const file = join(shop.directory, "store.json");
  await shop.envctl(["queue", "write", "a", "hello"]);
  await shop.envctl(["queue", "alias", "add", "short", "a"]);
  const id = await shop.submitted("--env", "API_TOKEN=s3cret-value", "--", "echo", "result");
  await shop.envctl(["result", id, "--peek"]);
  expect((await shop.envctl(["system", "dump", "-o", file, "--json"])).json()).toMatchObject({ messages: 1, aliases: 1, jobs: 1, left_out: [] });
  for (const path of [file, join(shop.scope(), "jobs", "events.jsonl")]) expect(readFileSync(path, "utf8")).not.toContain("s3cret-value");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await shop.envctl(["system", "dump", "-o", file])).code).toBe(3);

  const contents = (): string => execFileSync("sh", ["-c", `find '${shop.stateRoot}' -path '*/queues/*' -o -path '*/jobs/*' -o -path '*/queue-aliases/*' | sort`], { encoding: "utf8" });
  const before = contents();
  expect((await shop.envctl(["system", "load", "-i", file, "--dry-run", "--json"], there)).json()).toMatchObject({ dry_run: true, messages: 1, jobs: 1 });
  expect(contents()).toBe(before);
  expect((await shop.envctl(["queue", "alias", "add", "short", "b"], there)).code).toBe(0);
  expect(exitAndErrors(await shop.envctl(["system", "load", "-i", file], there))).toEqual([3, "the alias short means b here, and a in the dump"]);
  await shop.envctl(["queue", "alias", "remove", "short"], there);

  await shop.envctl(["daemon", "start"], there);
  expect((await shop.envctl(["system", "load", "-i", file], there)).code).toBe(0);
  expect(await shop.envctl(["result", id], there)).toMatchObject({ code: 0, stdout: "result\n" });
  expect((await shop.envctl(["queue", "read", "@short"], there)).stdout).toBe("hello\n");
  expect((await shop.envctl(["system", "tidy", "--json"], there)).at("queues")).toEqual(["a"]);

  writeFileSync(file, "{}");
  expect(exitAndErrors(await shop.envctl(["system", "load", "-i", file], there))).toEqual([1, `${file} is no dump of this version of envctl`]);
  expect((await shop.envctl(["system", "load", "-i", "/nowhere/at/all"], there)).code).toBe(2);
  expect(exitAndErrors(await shop.envctl(["system", "load", "-i", shop.directory], there))).toEqual([1, expect.stringContaining(`${shop.directory} cannot be read: `)]);
  expect(exitAndErrors(await shop.envctl(["system", "dump", "-o", "/nowhere/at/all"], there))).toEqual([1, expect.stringContaining("/nowhere/at/all cannot be written: ")]);
});
