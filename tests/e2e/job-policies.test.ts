import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { JobRow } from "../../src/contracts/job-reports.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { canMount, mountSmallDisk } from "../rig/mount.ts";
import { isAlive, processesOf } from "../rig/processes.ts";
import { eventually } from "../rig/wait.ts";
import { jobScene } from "./job-scene.ts";

test("W13 W16 what fails is kept for a retry, begun again so often as it may be, or forgotten; what was stopped is not begun again", async () => {
  const shop = await jobScene();
  const [begun, mended] = [join(shop.directory, "begun"), join(shop.directory, "mended")];
  const kept = await shop.submitted("--", "sh", "-c", `[ -e '${mended}' ] && echo mended`);
  expect((await shop.envctl(["result", kept, "--peek"])).code).toBe(1);
  writeFileSync(mended, "");
  expect((await shop.envctl(["job", "retry", kept])).code).toBe(0);
  expect(await shop.envctl(["result", kept, "--peek"])).toMatchObject({ code: 0, stdout: "mended\n" });
  expect(await shop.job(kept)).toMatchObject({ status: "completed", attempts: 2 });

  const poison = await shop.envctl(["run", "--json", "--on-error", "requeue", "--max-attempts", "3", "--", "sh", "-c", `echo x >> '${begun}'; exit 9`]);
  expect([poison.code, poison.at("attempts"), poison.at("return_code")]).toEqual([1, 3, 9]);
  expect(readFileSync(begun, "utf8")).toBe("x\nx\nx\n");

  const cleared = await shop.envctl(["run", "--json", "--on-error", "clear", "--", "false"]);
  expect([cleared.code, cleared.at("status")]).toEqual([1, "failed"]);
  await eventually(async () => !((await shop.envctl(["jobs", "--all", "--json"])).json() as readonly JobRow[]).some(({ tid }) => tid === cleared.at("tid")), "its end being forgotten");

  const stopped = await shop.submitted("--on-error", "requeue", "--", "sleep", "600");
  await shop.begun(stopped);
  await shop.envctl(["job", "stop", stopped]);
  expect(await shop.job(stopped)).toMatchObject({ status: "cancelled", attempts: 1 });
});

test("W9 W22 W23 what writes for ever is ended, and what it wrote until then is its result", async () => {
  const shop = await jobScene({ files: { ".envctl.d/tasks/loud.json": '{"command": "while :; do head -c 100000 /dev/zero; done", "max_output": 11}', "wrong.json": '{"command": "true", "max_output": "1 GB"}' } });
  const [large, errors, modest] = await Promise.all([
    shop.envctl(["run", "--json", "--spec", "loud"]),
    shop.envctl(["run", "--json", "--on-error", "requeue", "--max-output", "0.5", "--", "sh", "-c", "echo first; while :; do head -c 10000 /dev/zero >&2; done"]),
    shop.envctl(["run", "--json", "--max-output", "1", "--", "head", "-c", "1000000", "/dev/zero"]),
  ]);
  const mebibyte = 1024 ** 2;
  expect([large.code, large.json()]).toEqual([1, expect.objectContaining({
    status: "killed", max_output_bytes: 11 * mebibyte, error: expect.objectContaining({ reason: "limit_exceeded", message: expect.stringMatching(/wrote [\d.]+ MiB of 11\.0 MiB and was ended/) as string, hint: expect.stringContaining("--max-output") as string }) as object,
  })]);
  const { path, size, sha256 } = large.at("result") as { readonly path: string; readonly size: number; readonly sha256: string };
  const kept = readFileSync(path);
  expect([kept.length, createHash("sha256").update(kept).digest("hex"), large.at("output_bytes")]).toEqual([size, sha256, size]);
  expect(size).toBeGreaterThan(11 * mebibyte);
  expect(errors.json()).toMatchObject({ status: "killed", attempts: 1, result: "first\n", error: { message: expect.stringMatching(/of 0\.5 MiB/) as string } });
  expect(modest.json()).toMatchObject({ status: "completed", output_bytes: 1_000_000, error: null });
  expect(processesOf(shop.directory).filter(({ command }) => command.includes("/dev/zero"))).toEqual([]);
  expect((await shop.envctl(["jobs", "--all"])).stdout).toContain("killed (limit)");
  const events = readFileSync(join(shop.scope(), "jobs", "events.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { readonly tid: string; readonly event: string });
  expect(events.filter(({ tid }) => tid === large.at("tid")).map(({ event }) => event)).toEqual(["spawned", "started", "limit_exceeded", "killed"]);
  expect((await shop.envctl(["spec", "validate", "./wrong.json"])).stderr).toContain("max_output must be a number above 0");
});

test.skipIf(!canMount())("W16 how a job ended is known also when the disk is full meanwhile, and nothing runs twice", async () => {
  const shop = await jobScene();
  const unmount = mountSmallDisk(shop.stateRoot, "3m");
  onTestFinished(async () => {
    await shop.envctl(["daemon", "stop"]);
    unmount();
  });
  const [go, begun, filling] = [join(shop.directory, "go"), join(shop.directory, "begun"), join(shop.stateRoot, "filling")];
  const watched = await shop.submitted("--", "sh", "-c", `echo x >>'${begun}'; while ! [ -e '${go}' ]; do sleep 0.05; done; exit 7`);
  const unwatched = await shop.submitted("--claims", "k", "--", "sh", "-c", `echo x >>'${begun}'; exec sleep 600`);
  await shop.begun(watched);
  const { pid } = await shop.begun(unwatched);
  await eventually(() => readFileSync(begun, "utf8") === "x\nx\n", "both jobs");
  const stopped = await shop.submitted("--claims", "k", "--", "sh", "-c", `echo stopped >>'${begun}'`);
  expect(() => writeFileSync(filling, Buffer.alloc(8 * 1024 * 1024))).toThrow("ENOSPC");
  writeFileSync(go, "");
  const told = await shop.envctl(["result", watched, "--peek", "--json"]);
  expect(told.json()).toMatchObject({ status: "failed", return_code: 7, error: { message: expect.stringMatching(/exit code 7; the disk of .* was full/) as string, hint: expect.stringContaining("make room there") as string } });
  expect((await shop.envctl(["job", "stop", stopped, "--json"])).at("jobs.0.status")).toBe("cancelled");
  await shop.killDaemon();
  // Not the shell in front of it, which says how it ended.
  for (const sleeping of processesOf(shop.directory).filter(({ command }) => command === "sleep 600")) sendSignal(sleeping.pid, "SIGKILL");
  await eventually(() => !isAlive(Number(pid)), "the end of its shell");
  rmSync(filling);
  await shop.envctl(["daemon", "start"]);
  expect([await shop.job(watched), await shop.job(unwatched)]).toEqual([expect.objectContaining({ status: "failed", return_code: 7, attempts: 1 }), expect.objectContaining({ status: "failed", signal: "SIGKILL", attempts: 1 })]);
  expect((await shop.envctl(["run", "--claims", "k", "--", "true"])).code).toBe(0);
  expect(readFileSync(begun, "utf8")).toBe("x\nx\n");
});
