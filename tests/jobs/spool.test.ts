import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { createIds } from "../../src/jobs/ids.ts";
import { Spool } from "../../src/jobs/spool.ts";
import { idsMeant } from "../../src/model/job.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const message = (id: string, text = id) => ({ id, body: Buffer.from(text) });

function spool(durability: "power" | "process" = "process"): Spool {
  return new Spool(temporaryDirectory(onTestFinished, "spool"), durability);
}

test.each(["power", "process"] as const)("a message is read as it was written and is in one queue at a time (%s)", async (durability) => {
  const queues = spool(durability);
  await queues.write("a", message("1", "first"));
  await queues.write("a", message("2", "second"));
  expect(await queues.ids("a")).toEqual(["1", "2"]);
  expect(await queues.peek("a", "1")).toEqual(message("1", "first"));
  expect(await queues.move("a", "b", ["1", "nobody's"])).toEqual(["1"]);
  expect([await queues.ids("a"), await queues.ids("b")]).toEqual([["2"], ["1"]]);
  expect(await queues.move("a", "b", ["1"])).toEqual([]);
  expect(await queues.remove("b", ["1", "2"])).toEqual(["1"]);
  expect(await queues.queues()).toEqual(["a", "b"]);
  expect(await queues.peek("b", "1")).toBeUndefined();
  expect(await queues.ids("never")).toEqual([]);
});

test("a queue may have any name, and none leaves the spool", async () => {
  const queues = spool();
  const names = [".", "..", "../up", "a/b", "ä b.inbox", ".hidden", "%2E"];
  for (const name of names) await queues.write(name, message("1", name));
  expect(await queues.queues()).toEqual([...names].sort());
  for (const name of names) expect((await queues.peek(name, "1"))?.body.toString()).toBe(name);
});

test("what a killed writer left is swept, and is no queue", async () => {
  const root = temporaryDirectory(onTestFinished, "spool");
  mkdirSync(join(root, "%20drafts"));
  writeFileSync(join(root, "%20drafts", "1.abcd"), "hal");
  const queues = new Spool(root, "process");
  expect(await queues.queues()).toEqual([]);
  await queues.sweepDrafts();
  await queues.write("a", message("1"));
  expect(await queues.ids("a")).toEqual(["1"]);
});

test("two that move the same messages share them, and each goes to one", async () => {
  const queues = spool();
  const ids = Array.from({ length: 50 }, (_, index) => String(index).padStart(2, "0"));
  for (const id of ids) await queues.write("a", message(id));
  const [one, other] = await Promise.all([queues.move("a", "b", ids), queues.move("a", "c", ids)]);
  expect([...one, ...other].sort()).toEqual(ids);
  expect([await queues.ids("b"), await queues.ids("c")]).toEqual([one, other]);
});

test("W16 whoever moves messages is killed again and again: none is lost, none is in two queues", async () => {
  const root = temporaryDirectory(onTestFinished, "spool");
  const queues = new Spool(root, "process");
  const ids = Array.from({ length: 200 }, (_, index) => String(index).padStart(4, "0"));
  for (const id of ids) await queues.write("inbox", message(id));
  const mover = join(temporaryDirectory(onTestFinished, "program"), "mover.mjs");
  await build({ entryPoints: [fileURLToPath(new URL("mover.ts", import.meta.url))], outfile: mover, bundle: true, platform: "node", format: "esm" });
  for (let round = 0; round < 10; round += 1) {
    const child = spawn(process.execPath, [mover, root], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const [inbox, reserved] = [await queues.ids("inbox"), await queues.ids("reserved")];
    expect([...inbox, ...reserved].sort()).toEqual(ids);
    for (const id of ids) expect((await queues.peek(inbox.includes(id) ? "inbox" : "reserved", id))?.body.toString()).toBe(id);
  }
});

test("W14 ids have 19 digits and grow, also when the clock goes back; a short form means one where it is unique", () => {
  const times = [1_795_000_000_000, 1_795_000_000_000, 1_795_000_000_001, 1_700_000_000_000, 1_795_000_000_002];
  const ids = createIds({ now: () => times.shift() ?? 0, monotonic: () => 0 });
  const made = [ids(), ids(), ids(), ids(), ids()];
  expect(made).toEqual([...made].sort());
  expect(new Set(made).size).toBe(5);
  expect(made.every((id) => /^\d{19}$/.test(id))).toBe(true);
  const [first = ""] = made;
  expect(createIds({ now: () => 0, monotonic: () => 0 }, first)()).toBe((BigInt(first) + 1n).toString());
  expect(idsMeant(first, made)).toEqual([first]);
  expect(idsMeant(first.slice(-10), made)).toEqual([first]);
  expect(idsMeant("000", made)).toEqual([]);
});
