import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { envctlProgram } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { exitAndErrors, jobScene, type JobScene } from "./job-scene.ts";

/** A person at `job attach` whose keyboard is this test. */
function sitting(shop: JobScene, id: string): { type(text: string): void; leave(signal?: NodeJS.Signals): Promise<number | null>; sees(text: string): Promise<unknown> } {
  const child = spawn(process.execPath, [envctlProgram, "job", "attach", id], { cwd: shop.repo.root, env: shop.env, stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
  const ended = once(child, "exit");
  return {
    type: (text) => void child.stdin.write(text),
    sees: (text) => eventually(() => shown.includes(text), `"${text}" being shown`, 30_000),
    leave: async (signal) => {
      if (signal === undefined) child.stdin.end();
      else child.kill(signal);
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}

test("W24 what is read is handed on to a job while it runs; others go on with it, over the death of the daemon, and its end ends its input", async () => {
  const shop = await jobScene();
  expect(await shop.envctl(["run", "-i", "--", "cat"], { input: "a\nb\n" })).toMatchObject({ code: 0, stdout: "a\nb\n" });
  const big = "0123456789abcde\n".repeat(20_000);
  expect((await shop.envctl(["run", "-i", "--json", "--", "wc", "-c"], { input: big })).at("result")).toBe(`${big.length}\n`);
  expect((await shop.envctl(["run", "-i", "--", "true"], { input: big })).code).toBe(0);

  const id = await shop.submitted("-i", "--", "sh", "-c", 'while read -r line; do echo "got $line"; done; echo over');
  await shop.begun(id);
  const first = sitting(shop, id);
  first.type("one\n");
  await first.sees("got one");
  expect(await first.leave("SIGINT")).toBe(0);
  await shop.killDaemon();
  const second = sitting(shop, id);
  await second.sees("got one");
  second.type("two\n");
  await second.sees("got two");
  expect(await second.leave()).toBe(0);
  expect((await shop.envctl(["result", id])).stdout).toBe("got one\ngot two\nover\n");

  expect(exitAndErrors(await shop.envctl(["job", "attach", id]))).toEqual([1, `job ${id} cannot attach: its result was taken`]);
  expect((await shop.envctl(["job", "attach"])).code).toBe(2);
  expect(exitAndErrors(await shop.envctl(["run", "-i", "--all", "--", "cat"]))).toEqual([1, "--attach and --all exclude each other"]);
  expect(exitAndErrors(await shop.envctl(["run", "-i", "--on-error", "requeue", "--", "cat"]))).toEqual([1, "--attach and --on-error requeue exclude each other"]);
});
