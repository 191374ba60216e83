import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bytesHint, toldMessage } from "../../src/commands/message-bytes.ts";
import { envctlProgram, startProgram } from "../rig/program.ts";
import { openTerminal } from "../rig/terminal.ts";
import { exitAndErrors, jobScene } from "./job-scene.ts";

test("W15 what is written to a queue comes out byte for byte, whatever it is; a terminal is told of it and takes nothing away", async () => {
  const shop = await jobScene();
  const bodies = { random: Buffer.concat([Buffer.of(0, 255, 10), randomBytes(4096), Buffer.of(10)]), nul: Buffer.from("text\0text"), line: Buffer.from("a line\n"), plain: Buffer.from("ü"), empty: Buffer.alloc(0) };
  for (const [name, body] of Object.entries(bodies)) expect((await shop.envctl(["queue", "write", name], { input: body })).code).toBe(0);
  const out = join(shop.directory, "out");
  const piped = async (...args: readonly string[]): Promise<Buffer> => {
    expect((await startProgram(["/bin/sh", "-c", '"$@" | cat >"$0"', out, process.execPath, envctlProgram, "queue", ...args], { cwd: shop.repo.root, env: shop.env }).ended).code).toBe(0);
    return readFileSync(out);
  };
  expect(await piped("peek", "random")).toEqual(bodies.random);
  for (const [name, body] of Object.entries(bodies)) expect(await piped("peek", name, "--raw")).toEqual(body);
  expect([(await piped("peek", "plain")).toString(), (await piped("watch", "line", "-n", "1", "--peek")).toString()]).toEqual(["ü\n", "a line\n\n"]);

  const [told] = (await shop.envctl(["queue", "peek", "random", "--json"])).at("messages") as readonly { readonly tid: string; readonly message: string; readonly encoding: string }[];
  expect([told?.encoding, Buffer.from(told?.message ?? "", "base64")]).toEqual(["base64", bodies.random]);
  expect((await shop.envctl(["queue", "peek", "nul", "--json"])).at("messages.0")).toEqual({ tid: expect.any(String) as string, message: "text\0text", timestamp: expect.any(String) as string });

  const terminal = openTerminal(onTestFinished, ["queue", "read", "random"], { cwd: shop.repo.root, env: shop.env });
  await terminal.shows(/is no text: 4100 bytes, sha256 [0-9a-f\s]+; it stays in\s+random/);
  expect([await terminal.ended, terminal.written().replaceAll(/\s/g, "")]).toEqual([1, expect.stringContaining(createHash("sha256").update(bodies.random).digest("hex")) as string]);
  const looking = openTerminal(onTestFinished, ["queue", "peek", "nul"], { cwd: shop.repo.root, env: shop.env });
  await looking.shows(/is no text: 9 bytes[\s\S]*--raw shows\s+it/);
  expect(await looking.ended).toBe(0);
  expect(await piped("read", "random")).toEqual(bodies.random);
  expect(exitAndErrors(await shop.envctl(["queue", "read", "random"]))).toEqual([2, expect.stringContaining("is empty")]);
});

test("W15 a message in JSON can be made again from what is said, whatever its bytes are", () => {
  for (let length = 0; length < 300; length += 1) {
    const body = length % 3 === 0 ? Buffer.from("ä\0€\u{1F600}\n".repeat(length)) : randomBytes(length);
    const { message, encoding } = JSON.parse(JSON.stringify(toldMessage({ id: "1795000000000001234", body }))) as { readonly message: string; readonly encoding?: "base64" };
    expect(Buffer.from(message, encoding)).toEqual(body);
  }
  expect(bytesHint({ id: "1795000000000001234", body: Buffer.alloc(1) })).toContain("message 1795000000000001234 is no text: 1 bytes, sha256 6e34");
});
