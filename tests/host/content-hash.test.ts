import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { contentHash } from "../../src/host/content-hash.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("links that lead to a whole disk, or round and round, are given up instead of read", () => {
  const base = temporaryDirectory(onTestFinished, "hash");
  const names = Array.from({ length: 9 }, (_, index) => `d${index}`);
  for (const name of names) mkdirSync(join(base, name));
  for (const from of names) for (const to of names) if (to !== from) symlinkSync(`../${to}`, join(base, from, to));
  const limits = { files: 5000, bytes: 1000 };
  expect(() => contentHash(base, ["."], limits)).toThrow("more than 5000 files and directories are behind");
  expect(() => contentHash("/", ["usr"], limits)).toThrow("more than");
  const plain = temporaryDirectory(onTestFinished, "plain");
  writeFileSync(join(plain, "a"), "x".repeat(600));
  symlinkSync(".", join(plain, "here"));
  const one = contentHash(plain, ["."], limits);
  writeFileSync(join(plain, "b"), "x".repeat(600));
  expect(() => contentHash(plain, ["."], limits)).toThrow("more than 1000 bytes are behind");
  expect(contentHash(plain, ["."])).not.toBe(one);
});
