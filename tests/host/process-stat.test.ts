import { execFileSync } from "node:child_process";
import { openSync, closeSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { observeMachine } from "../../src/host/machine.ts";
import { rowOfPsLine, rowOfStat, unitsOfAuxiliaryVector, usualUnits } from "../../src/host/process-stat.ts";
import { processTableOf } from "../../src/host/process-table.ts";

/** A line of /proc/<pid>/stat. */
const statLine = (name: string, state = "S"): string => `42 (${name}) ${state} 7 40 41 0 -1 4194560 1 2 3 4 150 50 9000 8000 20 0 11 0 123456 1000000 256 18446744073709551615 1 1 0\n`;
const plain = { pid: 42, parent: 7, group: 40, session: 41, startTime: "123456", cpuMs: 2000, residentBytes: 256 * 4096 };

describe("a line of the kernel", () => {
  test.each(["node", "(sd-pam)", "a) R 1 2 3 (b", "two words", "line\nbreak", ")", ") S 9 9", "", "kworker/0:1H-(x)"])("is read behind the name, whatever that is: %j", (name) => {
    expect(rowOfStat(42, statLine(name), usualUnits)).toEqual({ ...plain, name });
  });

  test("of a zombie, or one that is not whole, is none", () => {
    expect(rowOfStat(42, statLine("node", "Z"), usualUnits)).toBeUndefined();
    expect(rowOfStat(42, statLine("node", "X"), usualUnits)).toBeUndefined();
    expect(rowOfStat(42, statLine("node").slice(0, 40), usualUnits)).toBeUndefined();
    expect(rowOfStat(42, "", usualUnits)).toBeUndefined();
  });

  test("counts in the units the kernel names", () => {
    const vector = Buffer.alloc(48);
    [6n, 16_384n, 17n, 1000n, 0n, 0n].forEach((word, index) => vector.writeBigUInt64LE(word, index * 8));
    const units = unitsOfAuxiliaryVector(vector);
    expect(units).toEqual({ pageBytes: 16_384, ticksPerSecond: 1000 });
    expect(rowOfStat(42, statLine("node"), units)).toMatchObject({ cpuMs: 200, residentBytes: 256 * 16_384 });
    expect(unitsOfAuxiliaryVector(Buffer.alloc(3))).toEqual(usualUnits);
  });
});

describe("a line of ps", () => {
  test.each([
    ["0:02.50", 2500],
    ["12:00.00", 720_000],
    ["1:00:01.00", 3_601_000],
    ["2-01:00:00", 176_400_000],
  ])("with the time %s", (time, cpuMs) => {
    expect(rowOfPsLine(`   42     7    40 Ss   ${time}   1024 Sat Nov 21 07:00:00 2026     Google Chrome He`)).toEqual({
      pid: 42, name: "Google Chrome He", parent: 7, group: 40, session: 40, startTime: "Sat Nov 21 07:00:00 2026", cpuMs, residentBytes: 2 ** 20,
    });
  });

  test("that is empty or of a zombie is none", () => {
    expect(rowOfPsLine("")).toBeUndefined();
    expect(rowOfPsLine("42 7 40 Z 0:00.00 0 Sat Nov 21 07:00:00 2026 (node)")).toBeUndefined();
  });
});

describe.runIf(process.platform === "linux")("the table", () => {
  const table = processTableOf(observeMachine());

  test("says of this process what it says of itself", () => {
    const row = table.row(process.pid);
    const { user, system } = process.cpuUsage();
    expect(row?.cpuMs).toBeGreaterThan(0);
    expect(row?.cpuMs).toBeLessThanOrEqual((user + system) / 1000 + 50);
    const ratio = (row?.residentBytes ?? 0) / process.memoryUsage().rss;
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
    expect(Math.abs(table.ageMs(row?.startTime ?? "0") - process.uptime() * 1000)).toBeLessThan(2000);
    expect(table.rows().find((one) => one.pid === process.pid)?.startTime).toBe(row?.startTime);
  });

  test("counts open files", () => {
    const before = table.descriptors(process.pid) ?? 0;
    const files = Array.from({ length: 50 }, () => openSync("/dev/null", "r"));
    const after = table.descriptors(process.pid) ?? 0;
    for (const file of files) closeSync(file);
    expect(after - before).toBeGreaterThanOrEqual(45);
    expect(table.descriptors(2 ** 22 + 1)).toBeUndefined();
  });

  test("agrees with the system about its units", () => {
    const [ticks, page] = ["CLK_TCK", "PAGESIZE"].map((name) => Number(execFileSync("getconf", [name], { encoding: "utf8" })));
    const row = table.row(process.pid);
    expect((row?.residentBytes ?? 1) % (page ?? 0)).toBe(0);
    expect((row?.cpuMs ?? 1) % (1000 / (ticks ?? 1))).toBe(0);
  });
});
