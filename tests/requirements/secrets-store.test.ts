import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createSecrets } from "../../src/requirements/secrets-store.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("a secret is made on first use and is the same ever after", () => {
  const directory = join(temporaryDirectory(onTestFinished), "secrets");
  const first = createSecrets(directory).reveal("Main/postgres/password");
  expect(first).toMatch(/^[\w-]{32}$/);
  expect(createSecrets(directory).reveal("Main/postgres/password")).toBe(first);
  expect(createSecrets(directory).known("Main/postgres/password")).toBe(first);
});

test("every requirement of every project has its own", () => {
  const secrets = createSecrets(join(temporaryDirectory(onTestFinished), "secrets"));
  const keys = ["Main/postgres/password", "Main/redis/password", "tree/postgres/password", "feature/tree/postgres/password"];
  expect(new Set(keys.map((key) => secrets.reveal(key))).size).toBe(keys.length);
});

test("only the owner may read them, and nothing else is left in their directory", () => {
  const directory = join(temporaryDirectory(onTestFinished), "secrets");
  const secrets = createSecrets(directory);
  secrets.reveal("Main/postgres/password");
  secrets.reveal("feature/tree/redis/password");
  expect(readdirSync(directory).sort()).toEqual(["Main.json", "feature%2Ftree.json"]);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, "Main.json")).mode & 0o777).toBe(0o600);
});

test("asking whether one is known makes none", () => {
  const directory = join(temporaryDirectory(onTestFinished), "secrets");
  expect(createSecrets(directory).known("Main/postgres/password")).toBeUndefined();
  expect(existsSync(directory)).toBe(false);
});

test("a damaged file is set aside, not lost", () => {
  const directory = join(temporaryDirectory(onTestFinished), "secrets");
  const secrets = createSecrets(directory);
  secrets.reveal("Main/postgres/password");
  writeFileSync(join(directory, "Main.json"), "{ half");
  expect(secrets.reveal("Main/postgres/password")).toMatch(/^[\w-]{32}$/);
  expect(readFileSync(join(directory, "Main.json.damaged"), "utf8")).toBe("{ half");
});
