/** The example of docs/guides/modules.md, as it is printed there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../rig/source-files.ts";
import { scene } from "./scene.ts";

const guide = readFileSync(join(packageRoot, "docs/guides/modules.md"), "utf8");

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(guide)?.[1];
  if (found === undefined) throw new Error(`the guide has no ${language}`);
  return found;
}

test.each(["node", "thread", "async"])("the mailbox of the guide takes mail and shows it, as %s", async (executor) => {
  const stack = await scene(() => ({}), { files: { "mocks/mailbox.mjs": block("js") } });
  stack.repo.write(".envctl", block("yaml").replace("8025", String(stack.port)).replace("executor: thread", `executor: ${executor}`));
  expect((await stack.envctl(["start", "--json"])).code).toBe(0);
  const url = `http://127.0.0.1:${stack.port}`;
  await fetch(url, { method: "POST", body: "Welcome!", headers: { connection: "close" } });
  expect(await (await fetch(url, { headers: { connection: "close" } })).json()).toEqual(["Welcome!"]);
  expect((await stack.envctl(["logs", "--service", "mailbox"])).stdout).toContain("mail 1 arrived");
  expect((await stack.envctl(["stop", "--json"])).code).toBe(0);
  expect(stack.state().units["Main/mailbox"]?.life).toMatchObject({ status: "stopped", exit: { kind: "code", code: 0 } });
});
