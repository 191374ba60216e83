import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { readTail } from "../../src/commands/log-file.ts";
import { isComplaint, lineTime, sinceMs } from "../../src/commands/log-lines.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { shopRun, writeLog, type ShopRun } from "./shop-run.ts";

function shopWithLogs(): ShopRun {
  const shop = shopRun(onTestFinished);
  writeLog(shop, "Main/backend", "2026-11-21T07:00:01Z up\n2026-11-21T07:09:30Z error: late\n  at stack\n");
  writeLog(shop, "Main/worker", "2026-11-21T07:00:02Z working\n");
  writeLog(shop, "Main/frontend", "ready\nplain error\n");
  return shop;
}

describe("logs", () => {
  test("are merged in time order; what tells no time comes first, unit by unit", async () => {
    expect((await shopWithLogs().command("logs")).stdout).toBe(`Main/frontend | ready
Main/frontend | plain error
Main/backend  | 2026-11-21T07:00:01Z up
Main/worker   | 2026-11-21T07:00:02Z working
Main/backend  | 2026-11-21T07:09:30Z error: late
Main/backend  |   at stack
`);
  });

  test("are cut by --tail, --since and --grep", async () => {
    const shop = shopWithLogs();
    expect((await shop.command("logs", "--tail", "1", "--service", "frontend")).stdout).toBe("Main/frontend | plain error\n");
    expect((await shop.command("logs", "--tail", "0", "--service", "frontend")).stdout).toBe("Main/frontend: nothing written\n");
    expect((await shop.command("logs", "--since", "2m", "--service", "backend", "--service", "worker")).stdout).toBe("Main/backend | 2026-11-21T07:09:30Z error: late\nMain/backend |   at stack\n");
    expect((await shop.command("logs", "--grep", "err.r", "--tail", "1")).stdout.split("\n")).toHaveLength(3);
  });

  test("refuse what they do not understand", async () => {
    const shop = shopWithLogs();
    expect((await shop.command("logs", "--tail", "many")).stderr).toBe('--tail needs a whole number, not "many".\n');
    expect((await shop.command("logs", "--since", "yesterday")).stderr).toContain('--since does not understand "yesterday".');
    expect((await shop.command("logs", "--grep", "nomatch")).stdout).toBe("no line matches\n");
    expect((await shop.command("logs", "--grep", "(")).stderr).toContain('"(" is not a regular expression');
  });

});

describe("log files", () => {
  test("are followed as they grow, also past a clearing, until interrupted", async () => {
    const shop = shopWithLogs();
    const stop = new AbortController();
    const seen: string[] = [];
    const steps = [
      () => appendFileSync(shop.logPath("Main/frontend"), "half "),
      () => appendFileSync(shop.logPath("Main/frontend"), "line\n"),
      () => { truncateSync(shop.logPath("Main/frontend"), 0); appendFileSync(shop.logPath("Main/frontend"), "new\n"); },
      () => stop.abort(),
    ];
    const exit = await shop.commandUntil(stop.signal, (text) => {
      seen.push(text.trimEnd());
      if (text.includes("plain error")) { steps.shift()?.(); steps.shift()?.(); }
      else if (text.includes("half line") || text.includes("new")) steps.shift()?.();
    }, "logs", "--follow", "--service", "frontend");
    expect([exit, seen]).toEqual([0, ["Main/frontend | ready", "Main/frontend | plain error", "Main/frontend | half line", "Main/frontend | new"]]);
  });

  test("are emptied in place by clear-logs", async () => {
    const shop = shopWithLogs();
    const report = JSON.parse((await shop.command("clear-logs", "--project", "Main", "--json")).stdout) as object;
    expect(report).toMatchObject({ ok: true, summary: { cleared: 3, missing: 1, unavailable: 0, failed: 0 } });
    expect(readFileSync(shop.logPath("Main/backend"), "utf8")).toBe("");
  });
});

describe("errors", () => {
  test("shows the lines that complain", async () => {
    const { stdout, exit } = await shopWithLogs().command("errors");
    expect([exit, stdout]).toEqual([0, "Main/backend says:\n  | 2026-11-21T07:09:30Z error: late\nMain/frontend says:\n  | plain error\n"]);
  });

  test("leaves out what a healthy requirement wrote before it was ready", async () => {
    const shop = shopRun(onTestFinished);
    writeLog(shop, "Main/postgres", "2026-11-21 06:59:59.900 UTC [7] FATAL:  the database system is starting up\n2026-11-21 07:00:01.000 UTC [7] ERROR:  relation is missing\n");
    expect((await shop.command("errors")).stdout).toBe("Main/postgres says:\n  | 2026-11-21 07:00:01.000 UTC [7] ERROR:  relation is missing\n");
  });

  test("tells after a stop what failed before, and health sends nobody there for nothing", async () => {
    const stops = ["Main/postgres", "Main/backend", "Main/frontend", "Main/worker", "feature/backend"].map((unitId) => ({ type: "unit_stopped", unitId, exit: { kind: "code", code: 0 }, killed: [] }) as const);
    const failed = { type: "unit_failed", unitId: "Main/backend", failure: { reason: "process_exited", message: "backend ended with exit code 3" } } as const;
    const shop = shopRun(onTestFinished, { truths: {}, events: [failed, ...stops] });
    expect(await shop.command("errors")).toMatchObject({ exit: 0, stdout: "Main/backend failed at 2026-11-21T07:00:00.000Z, before it was stopped or started again:\n  backend ended with exit code 3\n" });
    expect((await shop.command("health")).stdout).toContain("`envctl start` starts it again.\n");
  });

  test.each([
    ["npm warn deprecated x", false], ["npm error code 1", true], ["Error: no", true], ["TypeError: x", true], ["WARN slow", true], ["compiled with 0 errors", false], ["no warnings", false], ["errorless", false], ["all fine", false],
  ])("`%s` complains: %s", (line, is) => expect(isComplaint(line)).toBe(is));
});

describe("reading a log from its end", () => {
  test("gives the last lines whatever the sizes of pieces and lines", async () => {
    const file = join(temporaryDirectory(onTestFinished), "log");
    const line = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom("ä".repeat(200_000), "x".repeat(300_000), "")).map((text) => text.replaceAll(/[\r\n]/g, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 14 }), fc.boolean(), async (lines, wanted, endsWithBreak) => {
        const hasLast = endsWithBreak || lines.at(-1) !== "";
        writeFileSync(file, lines.join("\n") + (endsWithBreak ? "\n" : ""));
        const all = hasLast ? lines : lines.slice(0, -1);
        expect((await readTail(file, { lines: wanted })).lines.map(({ text }) => text)).toEqual(all.slice(-wanted));
      }),
      { numRuns: 60 },
    );
  });

  test("a missing file and a directory are answers", async () => {
    const directory = temporaryDirectory(onTestFinished);
    expect(await readTail(join(directory, "none"), { lines: 5 })).toMatchObject({ exists: false, lines: [] });
    expect(await readTail(directory, { lines: 5 })).toMatchObject({ exists: true, trouble: expect.stringContaining("EISDIR") as string });
  });
});

describe("the time of a line", () => {
  test.each([
    ["2026-11-21T07:00:00Z x", Date.UTC(2026, 10, 21, 7)], ["[2026-11-21 07:00:00.250+01:00] x", Date.UTC(2026, 10, 21, 6, 0, 0, 250)], ["1795244400 x", 1_795_244_400_000], ["1795244400123 x", 1_795_244_400_123],
    ["2026-11-21 07:00:00.250 UTC [7] x", Date.UTC(2026, 10, 21, 7, 0, 0, 250)], ["7:M 21 Nov 2026 07:00:00.250 * x", Date.parse("21 Nov 2026 07:00:00") + 250],
    ["plain", undefined], ["12345 x", undefined],
  ])("`%s`", (text, at) => expect(lineTime(text)).toBe(at));

  test("`since` reads ages and dates", () => {
    expect([sinceMs("90s", 100_000), sinceMs("2m", 120_000), sinceMs("2026-11-21", 0), sinceMs("soon", 0)]).toEqual([10_000, 0, Date.UTC(2026, 10, 21), undefined]);
  });
});
