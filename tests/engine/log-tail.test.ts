/** What is written down of a log beside a failure. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { logTail } from "../../src/engine/log-tail.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("the last lines of a log keep no secret, also of a key that began further up", () => {
  const directory = temporaryDirectory(onTestFinished);
  const path = join(directory, "unit.log");
  const key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
  writeFileSync(path, ["-----BEGIN PRIVATE KEY-----", key, key, "-----END PRIVATE KEY-----", "DB_PASSWORD=hunter2", "\u001b[31mit failed\u001b[0m", ""].join("\n"));
  expect(logTail(path, 4)).toEqual(["********", "********-----END PRIVATE KEY-----", "DB_PASSWORD=********", "it failed"]);
  expect(logTail(join(directory, "none.log"))).toEqual([]);
});
