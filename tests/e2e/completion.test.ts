/** Completion in real shells, in a real terminal: the Tab key finishes commands, flags, and names of this repository. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { envctlProgram } from "../rig/program.ts";
import { openProgram, type TerminalOptions } from "../rig/terminal.ts";
import { scene } from "./scene.ts";

interface ShellRow {
  readonly shell: string;
  readonly argv: readonly string[];
  readonly source: string;
}

const shells: readonly ShellRow[] = [
  { shell: "bash", argv: ["bash", "--norc", "--noprofile", "-i"], source: "source <(envctl completion bash)" },
  { shell: "zsh", argv: ["zsh", "-f", "-i"], source: "autoload -Uz compinit; compinit -D -u; source <(envctl completion zsh)" },
  { shell: "fish", argv: ["fish", "--no-config", "-i"], source: "envctl completion fish | source" },
];

const clearScreen = "\u000c";
const forgetLine = "\u0015";

function isInstalled(shell: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${shell}`]).status === 0;
}

/** Where `envctl` is a word of the shell. */
async function place(): Promise<TerminalOptions> {
  const stack = await scene(() => ({ services: { backend: { command: "sleep 600", port: "none" }, frontend: { command: "sleep 600", port: "none" } } }));
  const bin = join(stack.repo.root, "..", "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(envctlProgram, join(bin, "envctl"));
  const PATH = [bin, dirname(process.execPath), stack.env["PATH"] ?? process.env["PATH"] ?? ""].join(delimiter);
  return { cwd: stack.repo.root, env: { ...stack.env, PATH, TMPDIR: bin } };
}

test("PowerShell, asked as its Tab key asks, completes commands, options and names", async ({ skip }) => {
  const powershell = "pwsh";
  skip(!isInstalled(powershell), "there is no pwsh");
  const typed = ["envctl resta", "envctl logs --fol", "envctl env backe", "envctl stop --service fron"];
  const script = `envctl completion powershell | Out-String | Invoke-Expression; ${typed.map((line) => `(TabExpansion2 '${line}' ${line.length}).CompletionMatches.CompletionText`).join("; ")}`;
  const { status, stdout, stderr } = spawnSync(powershell, ["-NoProfile", "-NonInteractive", "-Command", script], { ...(await place()), encoding: "utf8" });
  expect([status, stderr, stdout.trim().split(/\s+/)]).toEqual([0, "", ["restart", "--follow", "backend", "frontend"]]);
});

test("a worktree with a name that a shell would carry out is not offered", async () => {
  const options = await place();
  spawnSync("git", ["worktree", "add", "--quiet", "-b", "one", join(options.cwd, "trees", "$(touch taken)")], { ...options });
  spawnSync("git", ["worktree", "add", "--quiet", "-b", "two", join(options.cwd, "trees", "söme-1.2")], { ...options });
  const { stdout } = spawnSync(process.execPath, [envctlProgram, "__complete", "projects"], { ...options, encoding: "utf8" });
  expect(stdout).toBe("Main\nsöme-1.2\n");
});

test.for(shells)("$shell completes commands, options and names", async ({ shell, argv, source }, { skip }) => {
  skip(!isInstalled(shell), `there is no ${shell}`);
  const terminal = openProgram(onTestFinished, argv, await place());
  // A shell's own prompt may be anything; what it answers is known.
  terminal.press(`${source}; echo so""urced\r`);
  await terminal.shows(/^sourced/m);
  for (const [typed, finished] of [["envctl resta", /envctl restart /], ["envctl logs --fol", /envctl logs --follow /], ["envctl env backe", /envctl env backend /], ["envctl stop --service fron", /envctl stop --service frontend /]] as const) {
    terminal.press(`${forgetLine}${clearScreen}${typed}\t`);
    await terminal.shows(finished);
  }
  terminal.press(`${forgetLine}exit\r`);
  expect(await terminal.ended).toBe(0);
});
