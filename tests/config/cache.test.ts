import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cachedResolve } from "../../src/config/resolution-cache.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

function written(port: number): string {
  return `version: 1\nservices:\n  web: { command: "x {port}", port: ${port} }\n`;
}

test("a resolution is remembered until a file it may read changes, comes or goes", () => {
  const repository = temporaryDirectory(onTestFinished, "cache");
  writeFileSync(join(repository, ".envctl"), written(8000));
  const resolve = cachedResolve(resolveConfig);
  const input = { repository, environment: {}, systemConfig: join(repository, "none"), userConfig: join(repository, "none") };
  const port = (): unknown => resolve(input).resolved.config.services["web"]?.port;
  const first = resolve(input);
  expect(resolve(input)).toBe(first);
  writeFileSync(join(repository, ".envctl"), written(8100));
  expect(port()).toBe(8100);
  writeFileSync(join(repository, ".envctl.local"), "services:\n  web: { port: 8200 }\n");
  expect(port()).toBe(8200);
  rmSync(join(repository, ".envctl.local"));
  expect(port()).toBe(8100);
  expect(resolve({ ...input, overrides: { "services.web.port": "8300" } }).resolved.config.services["web"]?.port).toBe(8300);
});
