/** The examples of docs/guides/remote-objects.md, as a repository and its programs use them. */
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startProgram } from "../rig/program.ts";
import { packageRoot } from "../rig/source-files.ts";
import { scene } from "./scene.ts";

const folder = join(packageRoot, "examples/remote-objects");
const guide = readFileSync(join(packageRoot, "docs/guides/remote-objects.md"), "utf8");

/** Mail arrives at a listener that throws. */
const throwingListener = `
import { connect } from "envctl";
const envctl = await connect();
let heard = 0;
process.on("uncaughtException", ({ message }) => console.log(message));
envctl.on({ topic: "mail" }, () => { throw new Error("uncaught " + (heard += 1)); });
const mailbox = await envctl.get("mailbox");
await mailbox.deliver("a", "b");
await mailbox.deliver("a", "b");
// What is told may come after the answer.
while (heard < 2) await new Promise((resolve) => setTimeout(resolve, 5));
envctl.close();
`;

function exampleFiles(): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

test("the mailbox of the guide is the one of the example", () => {
  const [, shown = "none"] = /```js\n\/\/ \.envctl\.d\/services\/svc_mailbox\/index\.mjs\n([^]*?) {2}…/.exec(guide) ?? [];
  expect(exampleFiles()[".envctl.d/services/svc_mailbox/index.mjs"]).toContain(shown);
});

test("its programs find the mail and hear of it", async () => {
  const stack = await scene(() => ({}), { files: exampleFiles() });
  // As `npm install envctl` does.
  mkdirSync(join(stack.repo.root, "node_modules"));
  symlinkSync(packageRoot, join(stack.repo.root, "node_modules/envctl"));
  expect((await stack.envctl(["trust"])).stdout).toContain("service     mailbox");
  const run = (file: string) => startProgram([process.execPath, file], { cwd: stack.repo.root, env: stack.env }).ended;
  expect(await run("sign-up.mjs")).toMatchObject({ code: 0, stdout: "the mail has arrived\n", stderr: "" });
  expect((await stack.envctl(["svc", "call", "mailbox.count"])).stdout).toBe("0\n");
  writeFileSync(join(stack.repo.root, "throws.mjs"), throwingListener);
  expect(await run("throws.mjs")).toMatchObject({ code: 0, stdout: "uncaught 1\nuncaught 2\n" });
});
