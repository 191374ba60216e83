/** What the configuration calls secret reaches the service and nothing else. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scene } from "./scene.ts";

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) => join(directory, name)).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

test("a variable listed in `secrets:` is put into command and environment at the start, and stands in no plan, event, state or answer", async () => {
  const [value, literal] = ["sk_live_0123456789", "written-in-the-file"];
  const stack = await scene(() => ({
    secrets: ["STRIPE_KEY", "GREETING"],
    services: {
      api: {
        command: ["sh", "-c", 'echo "argument=$1 variable=$PAYMENT end"; exec sleep 1000', "api", "${env.STRIPE_KEY}"],
        port: "none",
        env: { PAYMENT: "${env.STRIPE_KEY}", GREETING: literal },
        ready: { log: "end$" },
      },
    },
  }), { stage: { env: { STRIPE_KEY: value } } });
  const started = await stack.envctl(["start", "--json"]);
  expect(started.code).toBe(0);
  const log = join(stack.scope(), "runs", stack.state().runId, "logs", "Main", "api.log");
  expect(readFileSync(log, "utf8")).toContain(`argument=${value} variable=${value} end`);

  const answers = [started, ...(await Promise.all([["show-state"], ["explain-startup"], ["env", "api"], ["start", "--dry-run"]].map((args) => stack.envctl([...args, "--json"]))))];
  for (const { stdout } of answers) expect([stdout.includes(value), stdout.includes(literal)]).toEqual([false, false]);
  const leaks = filesBelow(stack.scope()).filter((path) => path !== log && !path.includes("/environments/") && readFileSync(path, "utf8").includes(value));
  expect(leaks).toEqual([]);
  expect((await stack.envctl(["env", "api", "--reveal"])).stdout).toContain(value);
  for (const path of filesBelow(stack.scope())) expect([path, (statSync(path).mode & 0o077).toString(8)]).toEqual([path, "0"]);
});
