import { appendFileSync, closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { readTail } from "../../src/commands/log-file.ts";
import { lineText } from "../../src/commands/log-output.ts";
import { isComplaint, lineTime, sinceMs } from "../../src/commands/log-lines.ts";
import { openStoredLog } from "../../src/commands/stored-log.ts";
import { encodedEntries } from "../../src/model/log-index.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { shopRun, writeLog, type ShopRun } from "./shop-run.ts";

function shopWithLogs(): ShopRun {
  const shop = shopRun(onTestFinished);
  writeLog(shop, "Main/backend", "2026-11-21T07:00:01Z up\n2026-11-21T07:09:30Z error: late\n  at stack\n");
  writeLog(shop, "Main/worker", "2026-11-21T07:00:02Z working\n");
  writeLog(shop, "Main/frontend", "ready\nplain error\n");
  return shop;
}

/** Entries as offset, from, to. */
function writeIndex(shop: ShopRun, unitId: string, entries: readonly (readonly [number, number, number])[]): void {
  writeFileSync(`${shop.logPath(unitId)}.index`, encodedEntries(entries.map(([offset, fromMs, toMs]) => ({ offset, fromMs, toMs }))));
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

  test("are shown however many lines there are", async () => {
    const shop = shopRun(onTestFinished);
    writeLog(shop, "Main/backend", "line\n".repeat(300_000));
    const { stdout } = await shop.command("logs", "--tail", "all", "--service", "backend");
    expect(stdout.split("\n")).toHaveLength(300_001);
  });

  test("refuse what they do not understand", async () => {
    const shop = shopWithLogs();
    expect((await shop.command("logs", "--tail", "many")).stderr).toBe('--tail needs a whole number, not "many".\n');
    expect((await shop.command("logs", "--since", "yesterday")).stderr).toContain('--since does not understand "yesterday".');
    expect((await shop.command("logs", "--grep", "nomatch")).stdout).toBe("no line matches\n");
    expect(await shop.command("logs", "--verify", "--since", "2m", "--follow")).toMatchObject({ exit: 1, stderr: expect.stringContaining("logs --verify looks at whole logs, so --follow and --since cannot be given with it.") as string });
    expect((await shop.command("logs", "--grep", "(")).stderr).toContain('"(" is not a regular expression');
  });

});

function at(time: string): number {
  return Date.parse(`2026-11-21T${time}Z`);
}

describe("logs with an index", () => {
  test("are merged by it, and times no line says are shown", async () => {
    const shop = shopRun(onTestFinished);
    writeLog(shop, "Main/backend", "first\nthird\n");
    writeIndex(shop, "Main/backend", [[0, at("07:00:00"), at("07:00:00")], [6, at("07:00:01"), at("07:00:01.040")], [12, at("07:00:03"), at("07:00:03.040")]]);
    writeLog(shop, "Main/worker", "second\nfourth\nlast\n");
    writeIndex(shop, "Main/worker", [[0, at("07:00:00"), at("07:00:00")], [7, at("07:00:02"), at("07:00:02.040")], [14, at("07:00:04"), at("07:05:00")], [19, at("07:05:00"), at("07:05:00.040")]]);
    const { lines } = JSON.parse((await shop.command("logs", "--json")).stdout) as { readonly lines: readonly object[] };
    expect(lines).toEqual([
      { unit: "Main/backend", at: "2026-11-21T07:00:01.000Z", text: "first" },
      { unit: "Main/worker", at: "2026-11-21T07:00:02.000Z", text: "second" },
      { unit: "Main/backend", at: "2026-11-21T07:00:03.000Z", text: "third" },
      { unit: "Main/worker", at: null, from: "2026-11-21T07:00:04.000Z", to: "2026-11-21T07:05:00.000Z", text: "fourth" },
      { unit: "Main/worker", at: "2026-11-21T07:05:00.000Z", text: "last" },
    ]);
    // An interval that reaches into the time asked for may hold what was asked for.
    expect((await shop.command("logs", "--since", "7m", "--service", "worker")).stdout).toBe("Main/worker | fourth\nMain/worker | last\n");
    expect((await shop.command("logs", "--since", "5m", "--service", "worker")).stdout).toBe("Main/worker | fourth\nMain/worker | last\n");
    expect((await shop.command("logs", "--since", "2026-11-21T07:05:00.010Z", "--service", "worker")).stdout).toBe("Main/worker | last\n");
  });

  test("are not read before the time asked for, however much that is", async () => {
    const shop = shopRun(onTestFinished);
    const early = 2 ** 40;
    writeLog(shop, "Main/worker", "");
    truncateSync(shop.logPath("Main/worker"), early - 1);
    appendFileSync(shop.logPath("Main/worker"), "\nlate\n");
    writeIndex(shop, "Main/worker", [[0, at("07:00:00"), at("07:00:00")], [early, at("07:00:01"), at("07:00:02")], [early + 5, at("07:09:00"), at("07:09:00.040")]]);
    expect((await shop.command("logs", "--since", "5m", "--service", "worker")).stdout).toBe("Main/worker | late\n");
  });

});

describe("logs with pieces", () => {
  test("show what was rotated, never the hole it left", async () => {
    const shop = shopRun(onTestFinished);
    writeLog(shop, "Main/worker", "\0".repeat(8) + "dddd\n");
    writeFileSync(`${shop.logPath("Main/worker")}.4-8`, "ccc\n");
    writeIndex(shop, "Main/worker", [[4, at("07:00:00"), at("07:00:01")], [13, at("07:00:02"), at("07:00:02")]]);
    expect((await shop.command("logs", "--service", "worker")).stdout).toBe("Main/worker | ccc\nMain/worker | dddd\n");
    expect((await shop.command("logs", "--service", "worker", "--verify")).stdout).toBe("Main/worker  complete  13 bytes written  5 in the file  4 in 1 piece  4 dropped by rule  13 B indexed\n");
    await shop.command("clear-logs", "--service", "worker");
    expect(await shop.command("logs", "--service", "worker")).toMatchObject({ stdout: "Main/worker: nothing written\n" });
    expect((await shop.command("logs", "--service", "worker", "--verify")).stdout).toContain("complete  0 bytes written  0 in the file  0 in 0 pieces");
    appendFileSync(shop.logPath("Main/worker"), "new\n");
    expect((await shop.command("logs", "--service", "worker")).stdout).toBe("Main/worker | new\n");
  });

  test("verified with a piece gone, or without an index, end with 1 and a sentence each", async () => {
    const shop = shopRun(onTestFinished);
    writeLog(shop, "Main/backend", "one\n");
    writeLog(shop, "Main/worker", "\0".repeat(8) + "dddd\n");
    writeFileSync(`${shop.logPath("Main/worker")}.4-8`, "ccc\n");
    writeIndex(shop, "Main/worker", [[0, at("07:00:00"), at("07:00:01")], [13, at("07:00:02"), at("07:00:02")]]);
    const { exit, stdout } = await shop.command("logs", "--service", "worker,backend", "--verify", "--json");
    expect([exit, schemaProblems("logs", JSON.parse(stdout))]).toEqual([1, []]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: ["Main/backend: its index is missing", "Main/worker: bytes 0 to 4 are missing: the piece that held them is gone"] });
  });
});

describe("what units write", () => {
  test("is masked on request: what the configuration calls secret, and generated passwords", async () => {
    const shop = shopRun(onTestFinished);
    writeLog(shop, "Main/backend", "greeting is hello Main\nurl postgresql://app:s3cret@127.0.0.1\n");
    expect((await shop.command("logs", "--service", "backend")).stdout).toContain("s3cret");
    expect((await shop.command("logs", "--service", "backend", "--mask")).stdout).toBe("Main/backend | greeting is ********\nMain/backend | url postgresql://app:********@127.0.0.1\n");
  });

  test("of a private key is masked as well where its first line is not shown, and where it was cut off", async () => {
    const shop = shopRun(onTestFinished);
    const [body, last] = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "MzEf"];
    writeLog(shop, "Main/backend", `${body} is no key\n-----BEGIN PRIVATE KEY-----\n${body}\n${last}\n${"x\n".repeat(3)}`);
    writeLog(shop, "Main/worker", `-----BEGIN PRIVATE KEY-----\n${body}\n${last}\n-----END PRIVATE KEY-----\n${"x\n".repeat(400)}MIIEvQ done\n`);
    const shown = async (...words: readonly string[]): Promise<string> => (await shop.command("logs", "--mask", ...words)).stdout;
    expect(await shown("--service", "backend", "--grep", "M[zI]")).toBe(`Main/backend | ${body} is no key\nMain/backend | ********\nMain/backend | ********\n`);
    expect(await shown("--service", "backend", "--tail", "4")).toBe("Main/backend | ********\n".repeat(4));
    expect(await shown("--service", "worker", "--grep", "M[zI]")).toBe("Main/worker | ********\nMain/worker | ********\nMain/worker | MIIEvQ done\n");
  });

  test("keeps its colours where there are any", () => {
    const red = "\u001B[31mred\u001B[0m";
    const screen = { width: 80, hasColor: true, hasLinks: true };
    expect([lineText("a", red, 1, screen), lineText("a", red, 1, { ...screen, hasColor: false })]).toEqual([`a | ${red}`, "a | red"]);
  });

  test("is found with its colours in the way", async () => {
    const shop = shopRun(onTestFinished);
    writeLog(shop, "Main/worker", "\u001B[31mer\u001B[0mror here\n");
    expect((await shop.command("logs", "--service", "worker", "--grep", "^error")).stdout).toBe("Main/worker | error here\n");
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

  test("goes on in the piece when the bytes are rotated under its hands, and ends where they are dropped", async () => {
    const file = join(temporaryDirectory(onTestFinished), "log");
    writeFileSync(file, "one\ntwo\nsix\n");
    const log = await openStoredLog(file);
    onTestFinished(() => log.close());
    const rotated = openSync(file, "r+");
    writeSync(rotated, Buffer.alloc(8), 0, 8, 0);
    closeSync(rotated);
    writeFileSync(`${file}.4-8`, "two\n");
    expect((await log.read(4, 12)).toString()).toBe("two\nsix\n");
    expect([(await log.read(0, 12)).toString(), await log.presentFrom(0), await log.partStart(12), await log.partStart(8)]).toEqual(["", 4, 8, 4]);
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
