import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { compareVersions, lineReader, maximumLineBytes } from "../../src/daemon/protocol.ts";
import { socketPathOf } from "../../src/daemon/socket-path.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

describe("lines", () => {
  const read = (chunks: readonly string[]): readonly unknown[] => {
    const messages: unknown[] = [];
    const reader = lineReader((message) => void messages.push(message));
    for (const chunk of chunks) reader(chunk);
    return messages;
  };

  test("are messages however they were cut into chunks", () => {
    const messages = [{ a: 1 }, "text\nwith a break", null, [1, 2], { unicode: "żółć ☃" }];
    const text = messages.map((message) => `${JSON.stringify(message)}\n`).join("");
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const places = [0, ...cuts.toSorted((one, other) => one - other), text.length];
        expect(read(places.slice(1).map((to, index) => text.slice(places[index], to)))).toEqual(messages);
      }),
    );
  });

  test("that are empty count for nothing, and one without an end is not yet a message", () => {
    expect(read(["\n\n1\n", "2"])).toEqual([1]);
  });

  test("that are no JSON, or have no end in sight, are errors", () => {
    expect(() => read(["hello\n"])).toThrow(/JSON/);
    expect(() => read(["x".repeat(maximumLineBytes / 2), "x".repeat(maximumLineBytes / 2 + 1)])).toThrow("message too long");
  });
});

test.each([
  ["1.2.3", "1.2.3", 0],
  ["1.2.10", "1.2.9", 1],
  ["1.10.0", "1.9.9", 1],
  ["0.9.9", "1.0.0", -1],
  ["2.0.0-beta.1", "2.0.0", 0],
  ["1.0.0+build.7", "1.0.0", 0],
  ["1.2", "1.2.0", 0],
  ["", "0.0.0", 0],
  ["dev", "0.0.1", -1],
])("version %s against %s is %i", (one, other, expected) => {
  expect(compareVersions(one, other)).toBe(expected);
  expect(compareVersions(other, one)).toBe(expected === 0 ? 0 : -expected);
});

describe("the socket", () => {
  test("is in the scope's directory where that is short enough", () => {
    expect(socketPathOf("/state/repo-1", {})).toBe("/state/repo-1/daemon.sock");
  });

  test("is in a short private directory where it is not, another one for each scope", () => {
    const runtime = temporaryDirectory(onTestFinished, "run");
    const long = `/state/${"ż".repeat(60)}`;
    const path = socketPathOf(long, { XDG_RUNTIME_DIR: runtime });
    expect(path).toMatch(new RegExp(`^${runtime}/envctl/[0-9a-f]{16}\\.sock$`));
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
    expect(statSync(join(runtime, "envctl")).mode & 0o777).toBe(0o700);
    expect(socketPathOf(`${long}2`, { XDG_RUNTIME_DIR: runtime })).not.toBe(path);
    expect(socketPathOf(long, { XDG_RUNTIME_DIR: runtime })).toBe(path);
  });

  test("is not put where others could look", () => {
    const runtime = temporaryDirectory(onTestFinished, "run");
    mkdirSync(join(runtime, "envctl"), { mode: 0o755 });
    expect(() => socketPathOf(`/state/${"x".repeat(120)}`, { XDG_RUNTIME_DIR: runtime })).toThrow("not a private directory");
  });
});
