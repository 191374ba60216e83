import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { adapterFiles } from "../../src/host/adapter-files.ts";
import { createTrust, type Trust } from "../../src/host/trust.ts";
import type { HookCommand } from "../../src/model/supervision.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const told: HookCommand = { on: "crashed", command: ["notify-send", "crashed"] };

function place(): { readonly path: string; readonly of: (repository: string) => Trust } {
  const root = join(temporaryDirectory(onTestFinished, "trust"), "state");
  return { path: join(root, "trusted.json"), of: (repository) => createTrust(root, repository, false) };
}

test("what was allowed is trusted, until one word, the event or the repository is another", () => {
  const { path, of } = place();
  expect(of("/shop").isTrusted(told)).toBe(false);
  of("/shop").allow([told]);
  expect(of("/shop").isTrusted(told)).toBe(true);
  expect(of("/shop").isTrusted({ ...told, command: ["notify-send crashed"] })).toBe(false);
  expect(of("/shop").isTrusted({ ...told, on: "failed" })).toBe(false);
  expect(of("/other").isTrusted(told)).toBe(false);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).not.toContain("notify-send");
});

test("trust is taken back for one repository alone, and is replaced rather than added to", () => {
  const { of } = place();
  for (const name of ["/shop", "/other"]) of(name).allow([told]);
  expect([of("/shop").remove(), of("/shop").remove()]).toEqual([true, false]);
  expect([of("/shop").isTrusted(told), of("/other").isTrusted(told)]).toEqual([false, true]);
  of("/other").allow([]);
  expect(of("/other").isTrusted(told)).toBe(false);
});

test("a requirement of the repository is trusted as it is, with everything in the directory of its name", () => {
  const repository = temporaryDirectory(onTestFinished, "shop");
  const directory = join(repository, ".envctl.d", "requirements");
  mkdirSync(join(directory, "depot", "lib"), { recursive: true });
  expect(adapterFiles(repository)).toEqual([]);
  const files = [join(directory, "depot.mjs"), join(directory, "depot", "lib", "server.mjs")];
  for (const file of files) writeFileSync(file, "one");
  writeFileSync(join(directory, "notes.txt"), "no requirement");
  const trust = place().of(repository);
  const isTrusted = (): readonly boolean[] => adapterFiles(repository).map((file) => trust.isTrusted(file));
  expect(adapterFiles(repository)).toMatchObject([{ name: "depot", path: ".envctl.d/requirements/depot.mjs" }]);
  expect(isTrusted()).toEqual([false]);
  for (const file of files) {
    trust.allow(adapterFiles(repository));
    expect(isTrusted()).toEqual([true]);
    writeFileSync(file, "two");
    expect(isTrusted()).toEqual([false]);
  }
});

test.each(["", "[]", "null", '{"version":2,"repositories":{}}', '{"version":1,"repositories":{"/shop":"all"}}', '{"version":1}'])("a damaged file %j trusts nothing, and can be written anew", (content) => {
  const { path, of } = place();
  of("/shop").allow([told]);
  writeFileSync(path, content);
  expect(of("/shop").isTrusted(told)).toBe(false);
  of("/shop").allow([told]);
  expect(of("/shop").isTrusted(told)).toBe(true);
});
