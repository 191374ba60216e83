/** Suites whose scripts and files are as unkind as they can be. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SuiteReport } from "../../src/contracts/suite-report.ts";
import { processesOf } from "../rig/processes.ts";
import { scene } from "./scene.ts";

const suites = ".envctl.d/suites";
const loudBytes = 20_000_000;

const scripts = {
  "exp_fork.sh": "setsid sleep 4711 >/dev/null 2>&1 & sleep 4712 & exit 0",
  "exp_loud.sh": `head -c ${loudBytes} /dev/zero | tr '\\0' x; echo; echo the end; exit 1`,
  "exp_same-name.sh": "echo the dash",
  "same/exp_name.sh": "echo the slash",
  "exp_silent.sh": "exit 1",
  "exp_stubborn.sh": "trap '' TERM INT; while :; do sleep 0.1; done",
} as const;

test("what ignores signals is ended, what writes without end is shown by its end, and what left its session goes with the suite", async () => {
  const files = Object.fromEntries(Object.entries(scripts).map(([name, text]) => [`${suites}/suite_bad/${name}`, text]));
  const stack = await scene(() => ({}), { files: { ...files, [`${suites}/bad.yaml`]: "services: []\nworkers: 4\ntimeout: 60s\nscripts: [fork, loud, same-name, same/name, silent, { name: stubborn, timeout: 1s }]" } });
  const outcome = await stack.envctl(["suite", "run", "bad", "--json"]);
  const report = outcome.json() as Extract<SuiteReport, { readonly action: "run" }>;
  expect([outcome.code, report.results.map(({ name, status, reason, output }) => [name, status, reason, output.at(-1)?.slice(-7)])]).toEqual([1, [
    ["bad::fork", "PASS", null, undefined],
    ["bad::loud", "FAIL", "exit code 1", "the end"],
    ["bad::same-name", "PASS", null, undefined],
    ["bad::same/name", "PASS", null, undefined],
    ["bad::silent", "FAIL", "exit code 1", undefined],
    ["bad::stubborn", "FAIL", "it took longer than 1 s and was ended", undefined],
  ]]);
  expect(report.results.map(({ output }) => output.length)).toEqual([0, 2, 0, 0, 0, 0]);
  expect(report.results.slice(2, 4).map(({ log_path: log }) => readFileSync(log ?? "", "utf8"))).toEqual(["the dash\n", "the slash\n"]);
  expect(statSync(join(report.directory, "loud.log")).size).toBeGreaterThan(loudBytes);
  expect(processesOf(stack.directory)).toEqual([]);
});

test("a file that would be read for ever is none, one that cannot be written costs no results, and YAML that contains itself is told at its line", async () => {
  const stack = await scene(() => ({}), { files: { [`${suites}/suite_a/exp_x.sh`]: "exit 0", [`${suites}/suite_b/exp_x.sh`]: "exit 0", [`${suites}/b.yaml`]: "env: &all\n  A: *all\nservices: []\n" } });
  for (const name of ["a.yaml", "suite_a/suite.yaml", "suite_a/skip.yaml"]) execFileSync("mkfifo", [join(stack.repo.root, suites, name)]);
  expect(await stack.envctl(["suite", "--list-configs"])).toMatchObject({ code: 0, stdout: "b.yaml\nsuite_a\n" });
  expect((await stack.envctl(["suite", "run", "a", "--dry-run", "--json"])).json()).toMatchObject({ config: join(stack.repo.root, suites, "suite_a"), scripts: [{ name: "a::x" }] });
  expect(await stack.envctl(["suite", "run", "b"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/nested too deeply\n {2}at .*b\.yaml:2:3/) as string });

  // A link, or a device, is written to, never replaced; what cannot be written costs no results, and what has no room begins nothing.
  const wrong = (suite: string): void => stack.repo.write(`${suites}/b.yaml`, `services: []\nscripts: [{ name: x, command: "true" }]\n${suite}\n`);
  wrong("dir: gone");
  const link = join(stack.directory, "link.xml");
  symlinkSync(join(stack.directory, "real.xml"), link);
  expect((await stack.envctl(["suite", "run", "b", "--junit", link, "--json"])).json()).toMatchObject({ failures: [], results: [{ status: "FAIL", reason: expect.stringContaining("gone, where it is to run, is not there") as string }] });
  expect(readFileSync(join(stack.directory, "real.xml"), "utf8")).toContain('failures="1"');
  wrong("");
  expect(await stack.envctl(["suite", "run", "b", "--junit", join(stack.directory, "gone/out.xml")])).toMatchObject({ code: 1, stdout: expect.stringMatching(/PASS +b::x[^]*gone\/out\.xml cannot be written/) as string });
  wrong("log_dir: /dev/null/logs");
  expect(await stack.envctl(["suite", "run", "b"])).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no room for outputs: /dev/null/logs/") as string });

  const levels = Array.from({ length: 9 }, (_, level) => `  a${level + 1}: &a${level + 1} [${Array.from({ length: 10 }, () => `*a${level}`).join(", ")}]`);
  stack.repo.write(`${suites}/b.yaml`, ["environment:", "  a0: &a0 [x, x]", ...levels, ""].join("\n"));
  expect(await stack.envctl(["suite", "run", "b"])).toMatchObject({ code: 1, stderr: expect.stringContaining("`environment.a9` must be a single value") as string });
});
