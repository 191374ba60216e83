/** Ports somebody else has: the next free one is used, the holder is named and never touched. */
import { realpathSync } from "node:fs";
import { onTestFinished, expect, test } from "vitest";
import { startProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { cleanEnvironment } from "../rig/stage.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { isAlive, ofType, reportOf, scene, streamedEvents, type Configuration, type Scene } from "./scene.ts";

interface Stranger {
  readonly pid: number;
  readonly directory: string;
}

/** Someone else's program; no mark of ours. */
async function stranger(port: number, host: string): Promise<Stranger> {
  const directory = realpathSync(temporaryDirectory(onTestFinished, "stranger"));
  const program = startProgram(puppet({ listen: port, host }), { cwd: directory, env: cleanEnvironment(process.env), timeoutMs: 80_000 });
  onTestFinished(async () => {
    program.signal("SIGKILL");
    await program.ended;
  });
  await program.seen(/listens on/);
  return { pid: program.pid, directory };
}

const one = (port: number): Configuration => ({ services: { backend: { command: puppet({ listen: "{port}" }), port } } });

function moves(outcome: Awaited<ReturnType<Scene["envctl"]>>) {
  return ofType(streamedEvents(outcome), "port_moved").map(({ move }) => move);
}

test.each(["127.0.0.1", "::1", "0.0.0.0", "::"])("a port taken on %s moves to the next free one; its holder is named and survives stop and stop-all", async (host) => {
  const stack = await scene(one);
  const holder = await stranger(stack.port, host);
  const started = await stack.envctl(["start", "--json"]);
  expect(started, started.stdout).toMatchObject({ code: 0 });
  expect(reportOf(started).units).toMatchObject([{ unitId: "Main/backend", port: stack.port + 1, status: "ready" }]);
  expect(moves(started)).toMatchObject([
    { unitId: "Main/backend", requested: stack.port, port: stack.port + 1, holder: { pid: holder.pid, directory: holder.directory, command: expect.stringContaining(`--listen=${stack.port}`) } },
  ]);
  const manifest = await stack.envctl(["endpoints", "--json"]);
  expect(manifest.at("backend.port")).toBe(stack.port + 1);
  await stack.envctl(["stop"]);
  await stack.envctl(["stop-all"]);
  expect(isAlive(holder.pid)).toBe(true);
});

test("a person reads who has the port", async () => {
  const stack = await scene(one);
  const holder = await stranger(stack.port, "127.0.0.1");
  const started = await stack.envctl(["start"]);
  expect(started.stderr).toContain(`port ${stack.port} is taken by pid ${holder.pid}`);
  expect(started.stderr).toContain(`using ${stack.port + 1}`);
});

test("a port of another repository of this user is named by its unit and repository", async () => {
  const stack = await scene(one);
  await stack.envctl(["start"]);
  // Asked before there is a second repository's state beside it.
  const pid = stack.pids()["Main/backend"] ?? 0;
  const other = stack.repository({ name: "other", files: { ".envctl": JSON.stringify(one(stack.port)) } });
  const started = await stack.envctl(["start", "--json"], { cwd: other.root });
  expect(started.code).toBe(0);
  expect(moves(started)).toMatchObject([{ port: stack.port + 1, holder: { reservation: `Main/backend of ${stack.repo.root}`, pid: expect.any(Number), directory: stack.repo.root } }]);
  await stack.envctl(["stop-all"], { cwd: other.root });
  expect(isAlive(pid)).toBe(true);
});

test("a port of a unit under another state root is known by its mark", async () => {
  const stack = await scene(one);
  await stack.envctl(["start"]);
  const elsewhere = await scene(() => one(stack.port));
  const started = await elsewhere.envctl(["start", "--json"]);
  expect(moves(started)).toMatchObject([{ holder: { owner: expect.stringMatching(/^repo-[0-9a-f]{12}\/Main\/backend\/run-/) } }]);
});

test("a moved unit keeps its port over a restart, also when the wanted one is free again", async () => {
  const stack = await scene(one);
  const holder = await stranger(stack.port, "127.0.0.1");
  await stack.envctl(["start"]);
  process.kill(holder.pid, "SIGKILL");
  expect(reportOf(await stack.envctl(["restart", "--json"])).units).toMatchObject([{ port: stack.port + 1 }]);
  expect(reportOf(await stack.envctl(["start", "--json"])).units).toMatchObject([{ port: stack.port + 1, action: "adopt" }]);
});
