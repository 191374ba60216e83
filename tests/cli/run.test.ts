import { describe, expect, test } from "vitest";
import { runCommand, type Shell } from "../../src/cli/run.ts";
import type { CommandBody, CommandSpec } from "../../src/cli/command.ts";
import { commands } from "../../src/commands/table.ts";
import { UserError } from "../../src/model/failure.ts";

interface Written {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

function rowOf(body: CommandBody<unknown>, parts: Partial<CommandSpec> = {}): CommandSpec {
  return { name: "try", family: "other", about: "", flags: [], needs: "nothing", load: async () => body, ...parts };
}

async function run(row: CommandSpec, argv: readonly string[], parts: Partial<Shell> = {}): Promise<Written> {
  const out: string[] = [];
  const errors: string[] = [];
  const shell: Shell = {
    environment: {},
    directory: () => "/",
    signal: new AbortController().signal,
    writeOut: (text) => out.push(text),
    writeError: (text) => errors.push(text),
    isInputTerminal: false,
    isOutputTerminal: false,
    width: 80,
    compose: async () => {
      throw new UserError({ reason: "unknown_target", message: "no repository here" });
    },
    table: async () => [row, ...commands],
    ...parts,
  };
  const exit = await runCommand(argv, shell);
  return { exit, stdout: out.join(""), stderr: errors.join("") };
}

const echo: CommandBody<{ readonly said: string }> = { run: async () => ({ said: "hi" }), text: (report) => [report.said], exit: () => 3 };
const failing = (error: unknown): CommandBody<unknown> => ({ run: async () => { throw error; }, text: () => [] });
const expected = new UserError({ reason: "conflict", message: "It is taken.", hint: "Wait.", place: { file: "a.yaml", line: 3, column: 2 }, cause: { reason: "internal", message: "somebody was first" }, logTail: ["last words"] }, 3);

describe("a command", () => {
  test("prints text, or with --json its report, and hands its exit code on", async () => {
    expect(await run(rowOf(echo), ["try"])).toEqual({ exit: 3, stdout: "hi\n", stderr: "" });
    expect(await run(rowOf(echo), ["--json", "try"])).toEqual({ exit: 3, stdout: '{\n  "contract_version": "envctl.try.v1",\n  "said": "hi"\n}\n', stderr: "" });
    expect(await run(rowOf(echo, { streams: true }), ["try", "--json"])).toEqual({ exit: 3, stdout: '{"contract_version":"envctl.try.v1","said":"hi"}\n', stderr: "" });
  });

  test("expected trouble is told with place, cause and hint, without a stack", async () => {
    expect(await run(rowOf(failing(expected)), ["try"])).toEqual({ exit: 3, stdout: "", stderr: "It is taken.\n  at a.yaml:3:2\n  | last words\n  because: somebody was first\n  → Wait.\n" });
  });

  test("with --json expected trouble is an answer on standard output", async () => {
    const { exit, stdout, stderr } = await run(rowOf(failing(expected)), ["try", "--json"]);
    expect([exit, stderr, JSON.parse(stdout)]).toEqual([3, "", { contract_version: "envctl.error.v1", ok: false, error: expected.failures[0] }]);
  });

  test("all problems of one error are told", async () => {
    const { stderr } = await run(rowOf(failing(new UserError([{ reason: "configuration_invalid", message: "one" }, { reason: "configuration_invalid", message: "two" }]))), ["try"]);
    expect(stderr).toBe("one\ntwo\n");
  });

  test("anything else is a bug: its stack, and how to report it", async () => {
    const { exit, stderr } = await run(rowOf(failing(new TypeError("x is not a function"))), ["try"]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^TypeError: x is not a function\n {4}at [\s\S]*This is a bug in envctl/);
  });

});

describe("the outcome of a command", () => {
  test("what ends because of an interrupt exits 2, in few words", async () => {
    const signal = AbortSignal.abort(new DOMException("interrupted", "AbortError"));
    expect(await run(rowOf(failing(signal.reason)), ["try"], { signal })).toEqual({ exit: 2, stdout: "", stderr: "Interrupted.\n" });
  });

  test("wrong words exit 1, as JSON when asked for, also after the mistake", async () => {
    expect(await run(rowOf(echo), ["try", "--jsonn"])).toMatchObject({ exit: 1, stderr: 'Unknown option "--jsonn" for try.\n  → Did you mean "--json"?\n' });
    expect(JSON.parse((await run(rowOf(echo), ["tyr", "--json"])).stdout)).toMatchObject({ ok: false, error: { reason: "usage_invalid" } });
  });

  test("one that needs nothing is not asked for a repository; another says so", async () => {
    expect((await run(rowOf(echo), ["version"])).exit).toBe(0);
    expect(await run(rowOf(echo), ["status"])).toEqual({ exit: 1, stdout: "", stderr: "no repository here\n" });
  });

  test("a current directory that is gone is told", async () => {
    const gone = (): never => { throw new Error("ENOENT: uv_cwd"); };
    expect((await run(rowOf(echo), ["status"], { directory: gone })).stderr).toContain("The current directory is gone");
  });

  test("--help and --version are answered for any command", async () => {
    expect((await run(rowOf(echo), ["logs", "--help"])).stdout).toContain("Usage: envctl logs [OPTIONS]");
    expect((await run(rowOf(echo), ["--help"])).stdout).toContain("Usage: envctl [COMMAND]");
    expect((await run(rowOf(echo), ["logs", "--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await run(rowOf(echo), ["help", "lgos"])).toMatchObject({ exit: 2, stderr: 'There is no help on "lgos".\n  → Did you mean "logs"?\n' });
  });

});

describe("the terminal", () => {
  test("colour and links need a terminal and no objection", async () => {
    const seen: boolean[] = [];
    const row = rowOf({ run: async () => 0, text: (_report, screen) => { seen.push(screen.hasColor, screen.hasLinks); return []; } });
    await run(row, ["try"]);
    await run(row, ["try"], { isOutputTerminal: true });
    await run(row, ["try", "--no-color"], { isOutputTerminal: true });
    await run(row, ["try"], { isOutputTerminal: true, environment: { NO_COLOR: "1" } });
    expect(seen).toEqual([false, false, true, true, false, false, false, false]);
  });

  test("a person is asked only at a terminal, and never with --json, --headless or in CI", async () => {
    const seen: boolean[] = [];
    const row = rowOf({ run: async (input) => seen.push(input.isInteractive), text: () => [] });
    const terminal = { isInputTerminal: true, isOutputTerminal: true };
    await run(row, ["try"]);
    await run(row, ["try"], terminal);
    await run(row, ["try", "--headless"], terminal);
    await run(row, ["try", "--json"], terminal);
    await run(row, ["try"], { ...terminal, environment: { CI: "1" } });
    await run(row, ["try", "--interactive"]);
    expect(seen).toEqual([false, true, false, false, false, true]);
  });
});
