import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JobResult, JobRow } from "../../src/contracts/job-reports.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { isAlive, processesOf } from "../rig/processes.ts";
import { envctlProgram, startProgram, type Outcome } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { exitAndErrors, jobScene } from "./job-scene.ts";

test("W1 W3 W8 W10 W14 a job runs in its project with its variables, shows what it writes, and ends with an exit code that tells", async () => {
  const shop = await jobScene();
  mkdirSync(join(shop.repo.root, "a", "b"), { recursive: true });
  expect((await shop.envctl(["run", "--json", "--", "pwd"], { cwd: join(shop.repo.root, "a", "b") })).json()).toMatchObject({ status: "completed", result: `${join(shop.repo.root, "a", "b")}\n` });
  expect(await shop.envctl(["run", "--", "sh", "-c", "echo hello; echo oops >&2"])).toMatchObject({ code: 0, stdout: "hello\n", stderr: "oops\n" });

  const failed = await shop.envctl(["run", "--json", "--", "sh", "-c", "echo out; exit 7"]);
  expect([failed.code, failed.json()]).toEqual([1, expect.objectContaining({ status: "failed", return_code: 7, result: "out\n", error: expect.objectContaining({ message: expect.stringContaining("exit code 7") as string }) as object })]);
  expect((await shop.envctl(["run", "--pass-exit", "--", "sh", "-c", "exit 7"])).code).toBe(7);
  expect((await shop.envctl(["run", "--pass-exit", "--", "no-such-program"])).code).toBe(127);

  const named = (await shop.envctl(["run", "--json", "--service", "web", "--env", "A=1,2", "--name", "n", "--tag", "t", "--", "sh", "-c", 'echo "$A $GREETING $PORT"'])).json() as JobResult;
  expect(named).toMatchObject({ name: "n", tags: ["t"], service: "web", result: expect.stringContaining("1,2 hello from web") as string, tid: expect.stringMatching(/^\d{19}$/) as string });
  expect((await shop.envctl(["jobs", "--all", "--json"])).stdout).toContain(`"tid": "${named.tid}"`);

  const late = await shop.envctl(["run", "--json", "--timeout", "0.5", "--", "sh", "-c", "sleep 301 & sleep 302"]);
  expect([late.code, (late.json() as JobResult).status]).toEqual([124, "timeout"]);
  expect(processesOf(shop.directory).filter(({ command }) => /sleep 30[12]/.test(command))).toEqual([]);
  expect(exitAndErrors(await shop.envctl(["run"]))).toEqual([1, "there is nothing to run"]);
  expect(exitAndErrors(await shop.envctl(["run", "--project", "nowhere", "--", "true"]))[0]).toBe(2);
  expect(exitAndErrors(await shop.envctl(["run", "--service", "wep", "--", "true"]))).toEqual([1, expect.stringContaining('did you mean "web"')]);
});

test("W4 W11 W12 W13 a job in the background is looked at, waited for, stopped and killed; its result is handed out once", async () => {
  const shop = await jobScene();
  const go = join(shop.directory, "go");
  const waiting = await shop.submitted("--name", "patient", "--", "sh", "-c", `while ! [ -e '${go}' ]; do sleep 0.05; done; echo done`);
  expect(waiting).toMatch(/^\d{19}$/);
  await shop.begun(waiting);
  expect((await shop.envctl(["jobs", "--status", "running", "--json"])).json()).toEqual([expect.objectContaining({ tid: waiting, name: "patient" })]);
  expect((await shop.envctl(["result", waiting.slice(-10), "--timeout", "0.1"])).code).toBe(124);
  expect((await shop.envctl(["job", "ping", "--pattern", "pat*"])).code).toBe(0);
  // More than a timer can count.
  const asked = shop.envctl(["result", waiting, "--peek", "--timeout", "99999999"]);
  await shop.envctl(["job", "ping", waiting]);
  writeFileSync(go, "");
  expect((await asked).code).toBe(0);
  for (let time = 0; time < 2; time += 1) expect(await shop.envctl(["result", waiting, "--peek"])).toMatchObject({ code: 0, stdout: "done\n" });
  expect(await shop.envctl(["result", waiting])).toMatchObject({ code: 0, stdout: "done\n" });
  expect(exitAndErrors(await shop.envctl(["result", waiting]))).toEqual([2, expect.stringContaining("already taken")]);
  expect(exitAndErrors(await shop.envctl(["result", "1234567890123456789"]))).toEqual([2, "there is no job 1234567890123456789"]);
  expect((await shop.envctl(["jobs", "--all", "--stats", "--json"])).json()).toEqual({ completed: 1 });
  expect((await shop.envctl(["jobs", "--json"])).json()).toEqual([]);

  const trapped = join(shop.directory, "trapped");
  const stopped = await shop.submitted("--", "sh", "-c", `trap "echo asked > '${trapped}'; exit 0" TERM; echo ready; while :; do sleep 0.05; done`);
  await shop.begun(stopped);
  await eventually(async () => (await shop.envctl(["job", "status", stopped, "--json"])).stdout !== "" && readFileSync(join(shop.scope(), "jobs", "work", stopped, "output.1"), "utf8") === "ready\n", "its trap");
  expect((await shop.envctl(["job", "stop", stopped, "--json"])).at("jobs.0.status")).toBe("cancelled");
  expect(readFileSync(trapped, "utf8")).toBe("asked\n");
  expect(exitAndErrors(await shop.envctl(["job", "stop", stopped]))).toEqual([1, expect.stringContaining("it is cancelled")]);
  expect((await shop.job(stopped)).status).toBe("cancelled");
  const killed = await shop.submitted("--", "sleep", "600");
  await shop.begun(killed);
  expect((await shop.envctl(["job", "kill", "--all", "--json"])).json()).toMatchObject({ jobs: [{ tid: killed, status: "killed" }] });
  expect((await shop.envctl(["job", "kill", "9999"])).code).toBe(2);
  for (const flags of [["--peek"], []]) {
    const { results } = (await shop.envctl(["result", "--all", "--json", ...flags])).json() as { readonly results: readonly JobResult[] };
    expect(results.map(({ tid, status }) => [tid, status])).toEqual([[stopped, "cancelled"], [killed, "killed"]]);
  }
  expect((await shop.envctl(["jobs", "--json"])).json()).toEqual([]);
});

test("W16 the daemon is killed: a job that runs goes on and whoever waits for it learns its end; one that nobody saw end is called so", async () => {
  const shop = await jobScene();
  const go = join(shop.directory, "go");
  const waiter = shop.start(["run", "--", "sh", "-c", `echo begun; while ! [ -e '${go}' ]; do sleep 0.05; done; echo over; exit 3`]);
  await waiter.seen(/begun/);
  const [row] = (await shop.envctl(["jobs", "--json"])).json() as readonly JobRow[];
  await shop.killDaemon();
  // Waiting again has started the next daemon, which follows the same process.
  const next = await eventually(async () => (await shop.daemonPid()) || undefined, "the next daemon");
  expect(next).toBeGreaterThan(0);
  expect((await shop.job(row?.tid ?? "")).pid).toBe(row?.pid);
  writeFileSync(go, "");
  expect(await waiter.ended).toMatchObject({ code: 1, stdout: "begun\nover\n", stderr: expect.stringContaining("exit code 3") as string });

  // One ended while no daemon was there, and one whose front shell could not tell any more.
  const told = await shop.submitted("--", "sh", "-c", `while [ -e '${go}' ]; do sleep 0.05; done; echo told`);
  const lost = await shop.submitted("--on-error", "requeue", "--max-attempts", "2", "--", "sh", "-c", `echo began >> '${join(shop.directory, "began")}'; exec sleep 600`);
  const { pid } = await shop.begun(lost);
  await shop.begun(told);
  await shop.killDaemon();
  sendSignal(-(pid ?? 0), "SIGKILL");
  await shop.envctl(["run", "--", "rm", go]);
  expect(await shop.envctl(["result", told])).toMatchObject({ code: 0, stdout: "told\n" });
  const again = await shop.begun(lost);
  expect(again.attempts).toBe(2);
  await shop.killDaemon();
  sendSignal(-(again.pid ?? 0), "SIGKILL");
  expect(exitAndErrors(await shop.envctl(["result", lost]))).toEqual([1, expect.stringContaining("ended while nobody saw how")]);
  expect(readFileSync(join(shop.directory, "began"), "utf8")).toBe("began\nbegan\n");
});

test("W16 the daemon is killed again and again under many jobs: each of them runs, and none of them twice", async () => {
  const shop = await jobScene();
  const ran = join(shop.directory, "ran");
  const ids: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const submits = Array.from({ length: 5 }, () => shop.submitted("--", "sh", "-c", `echo $ENVCTL_JOB >> '${ran}'`));
    await Promise.race(submits);
    await shop.killDaemon();
    ids.push(...(await Promise.all(submits)));
  }
  for (const id of ids) expect((await shop.envctl(["result", id])).code).toBe(0);
  const lines = readFileSync(ran, "utf8").trim().split("\n");
  expect(new Set(ids).size).toBe(20);
  expect(lines.toSorted()).toEqual(ids.toSorted());
});

test("W23 above 10 MB what a job wrote is kept as a file, with its sha256", async () => {
  const shop = await jobScene();
  const id = await shop.submitted("--", "sh", "-c", "head -c 12582912 /dev/zero");
  await eventually(async () => (await shop.job(id)).status === "completed", "its end");
  const result = (await shop.envctl(["result", id, "--json"])).json() as JobResult;
  expect(result.result).toMatchObject({ type: "large_output", size: 12_582_912, sha256: "cfadd44a103cbd6d5726fa07b27d7aad2f67ed3930ff96901c486a5beaf7e723" });
  expect(existsSync(typeof result.result === "object" && result.result !== null ? result.result.path : "")).toBe(true);
});

test("W17 the daemon stays while a job runs, and Ctrl-C ends the job it waits for", async () => {
  const shop = await jobScene({ stage: { env: { ENVCTL_DAEMON_IDLE_SECONDS: "0.2" } } });
  const run = shop.start(["run", "--", "sh", "-c", "echo begun; sleep 600"]);
  await run.seen(/begun/);
  const pid = await shop.daemonPid();
  const [row] = (await shop.envctl(["jobs", "--json"])).json() as readonly JobRow[];
  expect([(await shop.envctl(["run", "--", "true"])).code, await shop.daemonPid()]).toEqual([0, pid]);
  run.signal("SIGINT");
  expect(await run.ended).toMatchObject({ code: 2, stderr: expect.stringContaining("was stopped") as string });
  expect(await shop.job(row?.tid ?? "")).toMatchObject({ status: "cancelled", taken: true });
  await eventually(() => !isAlive(pid), "the end of the daemon");
});

test("W6 W19 a function is called with values, its result printed as JSON; a throw is a failure with its stack; input is handed on", async () => {
  const shop = await jobScene({ files: { "f.mjs": "export const add = async (a, b, { mode } = {}) => ({ sum: a + b, mode });\nexport const fail = () => { throw new Error('no luck'); };\nexport const title = () => process.title;\n" } });
  const called = async (...args: readonly string[]): Promise<Outcome> => shop.envctl(["run", "--json", "--function", ...args]);
  expect((await called("./f.mjs#add", "--arg", "1", "--arg", "2", "--kw", "mode=fast")).at("result")).toBe('{"sum":3,"mode":"fast"}\n');
  expect((await called("./f.mjs#add", "--arg", "a,", "--arg", "b")).at("result")).toBe('{"sum":"a,b"}\n');
  const daemon = await shop.daemonPid();
  const failed = await called("./f.mjs#fail");
  expect([failed.code, failed.at("errors")]).toEqual([1, expect.stringMatching(/Error: no luck[^]*f\.mjs:2/)]);
  const { command = "" } = processesOf(shop.directory).find(({ pid }) => pid === daemon) ?? {};
  expect(command).toMatch(/^envctl-[\w-]+-[0-9a-f]{6}:daemon:running/);
  expect(readFileSync(`/proc/${daemon}/comm`, "utf8")).toBe("envctl-daemon\n");
  const titled = (await called("./f.mjs#title")).json() as JobResult;
  expect(titled.result).toBe(`"envctl-Main-${titled.tid_short}:title:running"\n`);
  expect((await called("./f.mjs#nothing")).at("errors")).toContain('exports no function "nothing"');
  expect(exitAndErrors(await shop.envctl(["run", "--function", "f.mjs"]))).toEqual([1, '--function needs FILE#NAME, not "f.mjs"']);
  expect(exitAndErrors(await shop.envctl(["run", "--arg", "1", "--", "true"]))).toEqual([1, "--arg and --kw belong to --function"]);
  expect((await shop.envctl(["run", "--no-wait", "--", "sh", "-c", "true\ntrue \u001b[31m"])).code).toBe(0);
  expect((await shop.envctl(["jobs"])).stdout).toContain("sh -c true true  [31m\n");
  expect((await shop.envctl(["run", "--input", "-", "--", "tr", "a-z", "A-Z"], { input: "abc" })).stdout).toBe("ABC");
  expect(exitAndErrors(await shop.envctl(["run", "--input", "-", "--", "cat"], { input: Uint8Array.of(0xff) }))).toEqual([1, "the input is not text in UTF-8"]);
});

test("W17 a reader that has had enough ends the job it reads", async () => {
  const shop = await jobScene();
  const words = ["sh", "-c", '"$@" | head -1', "sh", process.execPath, envctlProgram, "run", "--name", "endless", "--", "sh", "-c", "while echo y; do sleep 0.02; done"];
  expect((await startProgram(words, { cwd: shop.repo.root, env: shop.env }).ended).stdout).toBe("y\n");
  const jobs = (await shop.envctl(["jobs", "--all", "--json"])).json() as readonly JobRow[];
  expect(jobs.map(({ name, status }) => [name, status])).toEqual([["endless", "cancelled"]]);
  expect(processesOf(shop.directory).filter(({ command }) => command.includes("while echo y"))).toEqual([]);
});

test("W5 W20 jobs are written down, checked, shown and run by name; options of the call win", async () => {
  const shop = await jobScene({ files: { ".envctl.d/tasks/up.json": '{"command": ["tr", "a-z", "A-Z"], "input": "-", "tags": ["t"]}', "wrong.json": '{"comand": "x", "timeout": -1}', ".envctl.d/tasks/nul.json": '{"command": ["true"], "env": {"A": "x\\u0000y"}}', ".envctl.d/tasks/patient.json": '{"command": ["true"], "timeout": 1e300, "memory": 1e300}' } });
  expect(exitAndErrors(await shop.envctl(["run", "--spec", "nul"]))).toEqual([1, '"x\\u0000y" holds a NUL character, which no command, variable or name can have']);
  expect((await shop.envctl(["run", "--spec", "patient"])).code).toBe(0);
  const spec = async (...args: readonly string[]): Promise<Outcome> => shop.envctl(["spec", ...args]);
  expect(await shop.envctl(["run", "--spec", "up"], { input: "abc\n" })).toMatchObject({ code: 0, stdout: "ABC\n" });
  expect((await shop.envctl(["run", "--json", "--spec", "up", "--input", "given", "--tag", "mine"])).json()).toMatchObject({ result: "GIVEN", tags: ["mine"] });
  expect(exitAndErrors(await shop.envctl(["run", "--spec", "upp"]))).toEqual([2, 'no task is called "upp"; did you mean "up"?']);
  const wrong = await spec("validate", "./wrong.json");
  expect(wrong.code).toBe(1);
  for (const told of ['unknown key "comand"', 'did you mean "command"?', "timeout must be a number above 0, not -1", "either a command or a function"]) expect(wrong.stderr).toContain(told);
  mkdirSync(join(shop.repo.root, ".envctl.d", "tasks", "folder.json"));
  expect((await spec("delete", "folder")).code).toBe(2);
  const example = (await spec("generate")).stdout;
  writeFileSync(join(shop.repo.root, "made.json"), example);
  expect((await spec("create", "made", "--file", "made.json")).code).toBe(0);
  expect([(await spec("show", "made")).stdout, (await spec("list")).stdout]).toEqual([example, "made\nnul\npatient\nup\n"]);
  expect([(await spec("list", "--json")).at("names"), (await spec("show", "made", "--json")).at("text"), (await spec("generate", "--json")).at("path")]).toEqual([["made", "nul", "patient", "up"], example, null]);
  expect((await spec("create", "made", "-f", "made.json")).code).toBe(2);
  expect((await spec("create", "made", "-f", "made.json", "--force")).code).toBe(0);
  expect((await spec("create", "../out", "-f", "made.json")).code).toBe(1);
  expect((await spec("create", "bad", "-f", "wrong.json")).code).toBe(1);
  expect([(await spec("delete", "made")).code, (await spec("list")).stdout]).toEqual([0, "nul\npatient\nup\n"]);
});

test("W9 W12 W22 limits are on the whole tree and told with both figures; every transition is a line", async () => {
  const shop = await jobScene();
  const greedy = `${process.execPath} -e 'globalThis.held = Buffer.alloc(3e8, 1); setTimeout(() => {}, 6e4)'`;
  const connected = "const server = require('node:net').createServer(() => {}).listen(0, '127.0.0.1', () => { for (let n = 0; n < 9; n += 1) require('node:net').connect(server.address().port); })";
  const [memory, files, cpu, connections] = await Promise.all([
    shop.envctl(["run", "--json", "--memory", "200", "--", "sh", "-c", `${greedy} & wait`]),
    shop.envctl(["run", "--json", "--max-fds", "20", "--", process.execPath, "-e", "for (let n = 0; n < 40; n += 1) require('node:fs').openSync('/dev/null'); setTimeout(() => {}, 6e4)"]),
    shop.envctl(["run", "--json", "--cpu", "2", "--", "sh", "-c", "while :; do :; done"]),
    shop.envctl(["run", "--json", "--max-connections", "5", "--", process.execPath, "-e", connected]),
  ]);
  expect([connections.code, connections.at("status"), connections.at("error.message")]).toEqual([1, "killed", expect.stringMatching(/connections of 5/)]);
  expect([cpu.code, cpu.at("status"), cpu.at("error.message")]).toEqual([1, "killed", expect.stringMatching(/% (?:cpu|processor).* of 2%/i)]);
  expect([memory.code, memory.json()]).toEqual([1, expect.objectContaining({ status: "killed", error: expect.objectContaining({ reason: "limit_exceeded", message: expect.stringMatching(/MiB memory of 200\.0 MiB/) as string }) as object })]);
  expect([files.code, (files.json() as JobResult).error?.message]).toEqual([1, expect.stringMatching(/file descriptors of 20/)]);
  expect(exitAndErrors(await shop.envctl(["run", "--memory", "much", "--", "true"]))).toEqual([1, '--memory needs a number above 0, not "much"']);

  const go = join(shop.directory, "go");
  const id = await shop.submitted("--", "sh", "-c", `while ! [ -e '${go}' ]; do sleep 0.05; done`);
  await shop.begun(id);
  const [watch, program] = [shop.start(["job", "status", id, "--watch"]), shop.start(["job", "status", id, "--watch", "--json"])];
  await watch.seen(/running/);
  await program.seen(/running/);
  writeFileSync(go, "");
  expect((await watch.ended).stdout).toContain(`${id} running\n${id} completed\n`);
  expect((await program.ended).jsonLines().slice(0, 2)).toEqual([expect.objectContaining({ tid: id, status: "running" }), expect.objectContaining({ tid: id, status: "completed" })]);
  const lines = readFileSync(join(shop.scope(), "jobs", "events.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { readonly tid: string; readonly event: string; readonly return_code: number | null });
  expect(lines.filter(({ tid }) => tid === cpu.at("tid")).map(({ event }) => event)).toEqual(["spawned", "started", "limit_exceeded", "killed"]);
  expect(lines.filter(({ tid }) => tid === id).map(({ event, return_code: code }) => [event, code])).toEqual([["spawned", null], ["started", null], ["completed", 0]]);
});

test("W15 messages are written, looked at, moved, read once and waited for, without a daemon", async () => {
  const shop = await jobScene();
  const queue = async (...args: readonly string[]): Promise<Outcome> => shop.envctl(["queue", ...args]);
  const watch = shop.start(["queue", "watch", "w", "-n", "2", "--json"]);
  for (const text of ["one", "two", "three"]) expect((await queue("write", "a", text)).stdout).toMatch(/^\d{19}\n$/);
  expect((await queue("peek", "a")).stdout).toBe("one\ntwo\nthree\n");
  expect((await queue("move", "a", "b", "--all")).stdout.split("\n")).toHaveLength(4);
  expect((await queue("read", "b")).stdout).toBe("one\n");
  expect((await queue("list", "--json")).json()).toMatchObject({ queues: [{ queue: "b", messages: 2 }] });
  expect(exitAndErrors(await queue("read", "a"))).toEqual([2, expect.stringContaining("is empty")]);
  await queue("alias", "add", "watched", "w");
  await shop.envctl(["queue", "write", "@watched"], { input: "from standard input" });
  await queue("broadcast", "for all", "--pattern", "w*");
  expect((await watch.ended).jsonLines()).toEqual([expect.objectContaining({ message: "from standard input" }), expect.objectContaining({ message: "for all" })]);
  expect((await queue("delete", "b", "--json")).at("ids.length")).toBe(2);
  expect((await queue("fly", "b")).code).toBe(1);
  expect(await shop.daemonPid()).toBe(0);
});
