/** Logs of real processes: when each byte was written, rotation under a writing child, logs that somebody empties. */
import { appendFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readTail } from "../../src/commands/log-file.ts";
import { mergedLines, timedLines, type LogLine } from "../../src/commands/log-lines.ts";
import { verifiedLog } from "../../src/commands/log-verify.ts";
import { openIndex } from "../../src/commands/stored-log.ts";
import { systemClock } from "../../src/host/clock.ts";
import type { Event, EventType } from "../../src/model/events.ts";
import { piecesAmong } from "../../src/model/log-pieces.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";
import { playing, workshop, type Workshop } from "./workshop.ts";

function pathOf(shop: Workshop, name: string): string {
  return shop.engine.store.state()?.units[`Main/${name}`]?.logPath ?? "none";
}

async function linesOf(shop: Workshop, name: string): Promise<readonly LogLine[]> {
  const path = pathOf(shop, name);
  const { lines, writtenMs } = await readTail(path, { lines: Number.POSITIVE_INFINITY });
  const index = openIndex(path);
  try {
    return timedLines(name, lines, index, { bornMs: 0, writtenMs });
  } finally {
    index.close();
  }
}

const counted = /^#(\d+) at (\d+)/;

/** Numbers of the lines a counting puppet wrote, in the order they are read. */
function numbersIn(lines: readonly LogLine[]): readonly number[] {
  return lines.flatMap(({ text }) => counted.exec(text)?.[1] ?? []).map(Number);
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

async function written(shop: Workshop, name: string): Promise<void> {
  await eventually(async () => (await linesOf(shop, name)).at(-1)?.text === "done", `the end of ${name}`, 30_000);
}

async function verified(shop: Workshop, name: string): Promise<Awaited<ReturnType<typeof verifiedLog>>> {
  return verifiedLog(name, pathOf(shop, name), systemClock, true);
}

function eventsOf<T extends EventType>(shop: Workshop, type: T): readonly Extract<Event, { readonly type: T }>[] {
  return shop.events.filter((event): event is Extract<Event, { readonly type: T }> => event.type === type);
}

describe("the index", () => {
  test("holds for every line an interval in which it was written, and merges units in that order", async () => {
    const names = ["a", "b", "c"];
    const shop = await workshop(Object.fromEntries(names.map((name) => [name, { command: playing({ count: 200, everyMs: 3 }) }])));
    await shop.submit("start");
    for (const name of names) await written(shop, name);
    const logs = await Promise.all(names.map(async (name) => (await verified(shop, name), linesOf(shop, name))));
    for (const log of logs) {
      expect(numbersIn(log)).toEqual(upTo(200));
      const own = log.filter(({ text }) => counted.test(text));
      // A line was written after the time in it and before that in the next one.
      const wrong = own.slice(0, -1).filter((line, number) => saidIn(line) > line.toMs || saidIn(own[number + 1] ?? line) < Math.floor(line.fromMs));
      expect(wrong).toEqual([]);
    }
    const widest = Math.max(...logs.flat().map((line) => line.toMs - line.fromMs));
    let latest = 0;
    for (const line of mergedLines(logs).filter(({ text }) => counted.test(text))) {
      expect(saidIn(line)).toBeGreaterThan(latest - widest - 1);
      latest = Math.max(latest, saidIn(line));
    }
  });

  test("covers what prepare steps write", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"], prepare: [{ name: "install", run: "echo installed; sleep 0.1; echo twice" }] } });
    await shop.submit("start");
    expect(await verified(shop, "api")).toMatchObject({ complete: true, indexed_bytes: 16 });
    const [first, second] = await linesOf(shop, "api");
    // Both were seen by different looks.
    expect(first?.fromMs).toBeLessThan(second?.fromMs ?? 0);
    expect(first?.toMs).toBeLessThanOrEqual(second?.fromMs ?? 0);
    expect(first?.toMs).toBeLessThan(second?.toMs ?? 0);
  });
});

describe("the index of a new daemon", () => {
  test("has an interval, not a time, for what was written while no daemon lived, and forgives a torn entry", async () => {
    const shop = await workshop({ api: { command: ["/bin/sh", "-c", "echo before; while [ ! -e go ]; do sleep 0.01; done; echo between; while [ -e go ]; do sleep 0.01; done; echo after; exec sleep 60"] } });
    await shop.submit("start");
    await eventually(() => shop.log("api").includes("before"), "the first line");
    await verified(shop, "api");
    shop.engine.logs.close();
    const leftMs = Date.now();
    appendFileSync(join(shop.repository, "go"), "");
    await eventually(() => shop.log("api").includes("between"), "the second line");
    appendFileSync(`${pathOf(shop, "api")}.index`, "torn");
    const backMs = Date.now();
    const next = await shop.replaced();
    rmSync(join(next.repository, "go"));
    await eventually(() => next.log("api").includes("after"), "the third line");
    expect(await verified(next, "api")).toMatchObject({ complete: true, problems: [] });
    const [before, between, after] = await linesOf(next, "api");
    expect(before?.toMs).toBeLessThanOrEqual(leftMs);
    expect(between?.fromMs).toBeLessThanOrEqual(leftMs);
    expect(between?.toMs).toBeGreaterThanOrEqual(backMs);
    expect(after?.fromMs).toBeGreaterThanOrEqual(between?.toMs ?? 0);
  });

});

describe("a log that somebody empties", () => {
  test("is told, and its index begins anew", async () => {
    const shop = await workshop({ api: { command: playing({ count: 100_000, everyMs: 5 }) } });
    await shop.submit("start");
    await eventually(async () => (await verified(shop, "api")).indexed_bytes > 2000, "some lines");
    truncateSync(pathOf(shop, "api"), 0);
    const event = await eventually(() => eventsOf(shop, "log_truncated")[0], "the event");
    expect(event).toMatchObject({ unitId: "Main/api" });
    expect(event.knownBytes).toBeGreaterThan(event.sizeBytes);
    await eventually(() => statSync(pathOf(shop, "api")).size > 200, "more lines");
    expect(await verified(shop, "api")).toMatchObject({ complete: true, dropped_bytes: 0, problems: [] });
  });
});

function saidIn({ text }: LogLine): number {
  return Number(counted.exec(text)?.[2]);
}

const logs = { max_size: "64K", keep: 1000 };

describe("a log that grows too large", () => {
  test("is rotated again and again under a writing child, and no line is lost or there twice", async () => {
    const shop = await workshop({ api: { command: playing({ count: 8000, everyMs: 0, padding: 100 }), restart: { strategy: "never" } }, slow: { command: playing({ count: 3000, padding: 200 }) } }, { configuration: { logs } });
    await shop.submit("start");
    for (const [name, count] of [["api", 8000], ["slow", 3000]] as const) {
      await written(shop, name);
      await eventually(async () => (await verified(shop, name)).live_bytes <= 64 * 1024, "the rotation");
      expect(numbersIn(await linesOf(shop, name))).toEqual(upTo(count));
      const report = await verified(shop, name);
      expect(report).toMatchObject({ complete: true, problems: [], dropped_bytes: 0 });
      expect(report.pieces).toBeGreaterThan(5);
    }
    expect(eventsOf(shop, "log_rotated").filter(({ unitId }) => unitId === "Main/slow").length).toBeGreaterThan(1);
    // Its disk blocks are given back, its size stays.
    const { blocks, size } = statSync(pathOf(shop, "api"));
    expect(blocks * 512).toBeLessThan(size / 4);
  });

  test("keeps the allowed number of pieces, and counts what it dropped", async () => {
    const shop = await workshop({ api: { command: playing({ count: 8000, everyMs: 0, padding: 100 }) } }, { configuration: { logs: { max_size: "64K", keep: 3 } } });
    await shop.submit("start");
    await written(shop, "api");
    const report = await eventually(async () => { const found = await verified(shop, "api"); return found.dropped_bytes > 0 && found.live_bytes <= 64 * 1024 && found; }, "the rotation");
    expect(report).toMatchObject({ complete: true, problems: [], pieces: 3 });
    const numbers = numbersIn(await linesOf(shop, "api"));
    expect(numbers).toEqual(upTo(8000).slice(-numbers.length));
    expect(numbers.length).toBeGreaterThan(1000);
  });

});

describe("a log that cannot be rotated while it is written", () => {
  test("waits for the next start where no hole can be made, is told once, and loses nothing", async () => {
    const empty = temporaryDirectory(onTestFinished);
    const shop = await workshop({ api: { command: playing({ count: 4000, everyMs: 0, padding: 100 }) } }, { configuration: { logs }, engineEnvironment: { PATH: empty } });
    await shop.submit("start");
    await written(shop, "api");
    const warning = await eventually(() => eventsOf(shop, "warning")[0], "the warning");
    expect(warning).toMatchObject({ code: "log_rotation", unitId: "Main/api", message: expect.stringContaining("fallocate is not on PATH") as string });
    expect(await verified(shop, "api")).toMatchObject({ complete: true, pieces: 0 });
    await shop.submit("restart");
    await eventually(async () => numbersIn(await linesOf(shop, "api")).length === 8000, "the second count");
    const lines = numbersIn(await linesOf(shop, "api"));
    expect(lines).toEqual([...upTo(4000), ...upTo(4000)]);
    const report = await verified(shop, "api");
    expect(report).toMatchObject({ complete: true, problems: [] });
    expect(report.pieces).toBeGreaterThan(5);
    expect(eventsOf(shop, "warning")).toHaveLength(1);
  });

});

describe("verifying", () => {
  test("finds a piece that is gone, and one that is shorter", async () => {
    const shop = await workshop({ api: { command: playing({ count: 4000, everyMs: 0, padding: 100 }) } }, { configuration: { logs } });
    await shop.submit("start");
    await written(shop, "api");
    await eventually(async () => (await verified(shop, "api")).live_bytes <= 64 * 1024, "the rotation");
    const directory = dirname(pathOf(shop, "api"));
    const [first, second, third] = piecesAmong(readdirSync(directory), basename(pathOf(shop, "api")));
    if (first === undefined || second === undefined || third === undefined) throw new Error("too few pieces");
    rmSync(join(directory, `api.log.${second.start}-${second.end}`));
    writeFileSync(join(directory, `api.log.${third.start}-${third.end}`), "short");
    expect(await verified(shop, "api")).toMatchObject({
      complete: false,
      problems: [`api: bytes ${first.end} to ${third.start} are missing: the piece that held them is gone`, `api: the piece ${third.start}-${third.end} holds 5 bytes instead of ${third.end - third.start}`],
    });
  });
});
