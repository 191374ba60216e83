import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
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

test("W15 of processes that change aliases at the same time none undoes what another did", async () => {
  const root = temporaryDirectory(onTestFinished, "aliases");
  const program = join(root, "aliaser.mjs");
  await build({ entryPoints: [fileURLToPath(new URL("aliaser.ts", import.meta.url))], outfile: program, bundle: true, platform: "node", format: "esm" });
  const [names, count] = [["one", "two", "three"], 40];
  const exits = await Promise.all(names.map(async (name) => {
    const child = spawn(process.execPath, [program, root, name, String(count)], { stdio: ["ignore", "ignore", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    return (await once(child, "exit"))[0] as unknown;
  }));
  expect(exits).toEqual([0, 0, 0]);
  const { shared, ...others } = new Queues({ spool: new Spool(join(root, "queues"), "process"), aliasesPath: join(root, "aliases"), clock: systemClock, prepare: () => undefined }).aliases();
  expect(names).toContain(shared);
  const kept = names.flatMap((name) => Array.from({ length: count / 2 }, (_, index): readonly [string, string] => [`${name}.${index * 2}`, `queue.${index * 2}`]));
  expect(others).toEqual(Object.fromEntries(kept));
});

test("W15 an alias may have any short name, means a queue and no alias, and none leaves its directory", () => {
  const [queues] = twoProcesses();
  const names = ["../up", "a/b", ".", "__proto__", "ä b", "x.alias", "toString"];
  for (const name of names) queues.setAlias(name, "q");
  expect(Object.entries(queues.aliases()).sort()).toEqual(names.map((name) => [name, "q"]).sort());
  for (const name of names) expect(queues.resolved(`@${name}`)).toBe("q");
  for (const [name, target] of [["", "q"], ["x".repeat(201), "q"], ["\uD800", "q"], ["a", "@b"], ["a", ""], ["@a", "q"]] as const) expect(() => queues.setAlias(name, target)).toThrow(`"${name}" cannot be an alias of "${target}"`);
  expect(() => queues.setAlias("\uD800", undefined)).toThrow("no alias is called");
});

test("W15 a watch that leaves messages where they are also shows one from a clock that is behind", async () => {
  const [queues] = twoProcesses();
  await queues.put("q", { id: "1795000000000001234", body: Buffer.from("later") });
  const seen: string[] = [];
  for await (const message of queues.watch("q", true, AbortSignal.timeout(5000))) {
    seen.push(message.body.toString());
    if (seen.length === 2) break;
    await queues.put("q", { id: "1700000000000001234", body: Buffer.from("earlier") });
  }
  expect(seen).toEqual(["later", "earlier"]);
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

test("W15 what somebody else put into the directories of queues is no message and no alias, and in nobody's way", async () => {
  const root = temporaryDirectory(onTestFinished, "queues");
  const queues = new Queues({ spool: new Spool(join(root, "queues"), "process"), aliasesPath: join(root, "aliases"), clock: systemClock, prepare: () => undefined });
  await queues.write("q", Buffer.from("mine"));
  queues.setAlias("a", "q");
  for (const path of ["queues/q/.DS_Store", "queues/%zz/1", "aliases/%zz.alias", "aliases/notes.txt"]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "theirs");
  }
  mkdirSync(join(root, "queues/q/folder"));
  expect([await queues.sizes(), queues.aliases(), texts(await queues.read("@a", {}))]).toEqual([[{ queue: "q", messages: 1 }], { a: "q" }, ["mine"]]);
});
