import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { Queues } from "../../src/jobs/queues.ts";
import { Spool, type Message } from "../../src/jobs/spool.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

function twoProcesses(now: () => number = systemClock.now): readonly [Queues, Queues] {
  const root = temporaryDirectory(onTestFinished, "queues");
  const one = (): Queues => new Queues({ spool: new Spool(join(root, "queues"), "process"), aliasesPath: join(root, "aliases.json"), clock: { ...systemClock, now, monotonic: () => 0 }, prepare: () => undefined });
  return [one(), one()];
}

const texts = (messages: readonly Message[]): readonly string[] => messages.map(({ body }) => body.toString());

test("W14 W15 two that write at the same nanosecond overwrite nothing, and two that read share what there is", async () => {
  const [one, other] = twoProcesses(() => 1_795_000_000_000);
  const ids = await Promise.all(["a", "b", "c", "d"].map((text, index) => (index % 2 === 0 ? one : other).write("q", Buffer.from(text))));
  expect(new Set(ids).size).toBe(4);
  const [mine, theirs] = await Promise.all([one.read("q", {}), other.read("q", {})]);
  expect([...texts(mine), ...texts(theirs)].sort()).toEqual(["a", "b", "c", "d"]);
  expect(await one.peek("q", {})).toEqual([]);
});

test("W15 a part of a queue is meant by number or by id, and moves as a whole or not at all", async () => {
  const [queues] = twoProcesses();
  const [first = "", second = ""] = [await queues.write("a", Buffer.from("1")), await queues.write("a", Buffer.from("2")), await queues.write("a", Buffer.from("3"))];
  expect(await queues.move("a", "b", { id: second.slice(-10) })).toEqual([second]);
  expect(texts(await queues.read("a", { count: 1 }))).toEqual(["1"]);
  expect(await queues.remove("a", { id: first })).toEqual([]);
  expect(await queues.sizes()).toEqual([{ queue: "a", messages: 1 }, { queue: "b", messages: 1 }]);
  expect(await queues.remove("a", {})).toHaveLength(1);
});

test("W15 what is no name of a queue is told and makes nothing; digits that mean several messages take none", async () => {
  const [queues] = twoProcesses(() => 1_795_000_000_000);
  for (const name of ["", " drafts", "q".repeat(256), "ü".repeat(50)]) await expect(queues.write(name, Buffer.from("x"))).rejects.toThrow(`"${name}" cannot be the name of a queue`);
  expect(await queues.sizes()).toEqual([]);
  await queues.put("q", { id: "1795000000000001234", body: Buffer.from("a") });
  await queues.put("q", { id: "1795000000001001234", body: Buffer.from("b") });
  for (const act of [queues.read("q", { id: "1234" }), queues.remove("q", { id: "1234" }), queues.move("q", "r", { id: "1234" })]) await expect(act).rejects.toThrow("1234 may be any of 1795000000000001234, 1795000000001001234");
  expect(texts(await queues.read("q", { id: "1001234" }))).toEqual(["b"]);
  expect(await queues.sizes()).toEqual([{ queue: "q", messages: 1 }]);
});

test("W15 a message for every queue that fits, an alias for a long name, and trouble with one that is not there", async () => {
  const [queues] = twoProcesses();
  for (const name of ["demo.a", "demo.b", "other"]) await queues.write(name, Buffer.from("first"));
  expect(await queues.broadcast("demo.*", Buffer.from("hi"))).toEqual(["demo.a", "demo.b"]);
  queues.setAlias("a", "demo.a");
  expect(texts(await queues.peek("@a", {}))).toEqual(["first", "hi"]);
  expect(queues.setAlias("a", undefined)).toEqual({});
  expect(() => queues.resolved("@a")).toThrow('no alias is called "a"');
  expect(() => queues.setAlias("a", undefined)).toThrow('no alias is called "a"');
});

test("W15 a watch hands on what is there and what comes, each once, and leaves it there with peek", async () => {
  const [queues, other] = twoProcesses();
  await queues.write("q", Buffer.from("before"));
  const seen: string[] = [];
  for await (const message of queues.watch("q", true, AbortSignal.timeout(5000))) {
    seen.push(message.body.toString());
    if (seen.length === 1) await other.write("q", Buffer.from("after"));
    else break;
  }
  expect(seen).toEqual(["before", "after"]);
  expect(await queues.peek("q", {})).toHaveLength(2);
  for await (const message of queues.watch("q", false, AbortSignal.timeout(5000))) {
    expect(message.body.toString()).toBe("before");
    break;
  }
  expect(texts(await queues.peek("q", {}))).toEqual(["after"]);
  const over = new AbortController();
  over.abort();
  for await (const _message of queues.watch("q", true, over.signal)) expect.unreachable();
});
