import { expect, test } from "vitest";
import { runProgram } from "../../src/host/run-program.ts";

test("every line of standard error is told, and is in the result as well", async () => {
  const told: string[] = [];
  const result = await runProgram(["sh", "-c", "echo one >&2; echo out; printf 'two\\nthree' >&2"], { timeoutMs: 5000, onErrorLine: (line) => told.push(line) });
  expect(told).toEqual(["one", "two", "three"]);
  expect(result).toMatchObject({ code: 0, stdout: "out", stderr: "one\ntwo\nthree" });
});
