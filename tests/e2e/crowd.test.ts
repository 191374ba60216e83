/** Many projects at once: what belongs to one is nobody else's, and all of it goes. */
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { listeners } from "../../src/host/sockets.ts";
import { isAlive, reportOf, scene } from "./scene.ts";

const crowd = Array.from({ length: 30 }, (_, index) => `p${index + 1}`);

/** The answer of a project's own server to its own password. */
async function greeted(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on("error", () => undefined);
  return client.ping().finally(() => client.disconnect());
}

test("thirty projects that start together have a Redis each, on ports nobody else has, and none after stop-all", { timeout: 180_000 }, async () => {
  const stack = await scene((port) => ({ port_spacing: 1, requirements: { redis: { port } } }), { worktrees: crowd });
  // In the middle of them, where slot 7 would be.
  const stranger = createServer();
  await new Promise<void>((resolve) => stranger.listen(stack.port + 7, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => void stranger.close(() => resolve())));

  const started = await stack.envctl(["start", "--project", "p*", "--json"], { timeoutMs: 120_000 });
  expect(reportOf(started), started.stderr).toMatchObject({ ok: true, failures: [] });
  const units = Object.values(stack.state().units);
  expect(units.map(({ spec: { project }, life: { status } }) => `${project} ${status}`).sort()).toEqual(crowd.map((name) => `${name} ready`).sort());
  const ports = units.flatMap(({ spec }) => spec.ports.map(({ port }) => port));
  expect(new Set([...ports, stack.port + 7]).size, "no port twice, and not the stranger's").toBe(crowd.length + 1);
  if (process.platform === "linux") expect(listeners().filter(({ port }) => ports.includes(port)).map(({ address }) => address)).toEqual(crowd.map(() => "127.0.0.1"));
  const [first = "", last = ""] = await Promise.all(["p1", "p30"].map(async (name) => (await stack.envctl(["db", "url", "--requirement", "redis", "--project", name])).stdout.trim()));
  expect(await Promise.all([first, last].map(greeted))).toEqual(["PONG", "PONG"]);
  await expect(greeted(first.replace(/:\d+\/0$/, () => `:${new URL(last).port}/0`)), "another's password").rejects.toThrow();

  const pids = Object.values(stack.pids());
  expect(pids).toHaveLength(crowd.length);
  const stopped = await stack.envctl(["stop-all", "--json"], { timeoutMs: 120_000 });
  expect(reportOf(stopped), stopped.stderr).toMatchObject({ ok: true });
  expect(pids.filter(isAlive)).toEqual([]);
  expect(listeners().filter(({ port }) => ports.includes(port))).toEqual([]);
});
