/** Inputs of tools as words of commands. */
import { describe, expect, test } from "vitest";
import { commandNamed, flagsOf } from "../../src/cli/parse.ts";
import { isFailed, wordsOf } from "../../src/commands/mcp/call.ts";
import { resources, tools } from "../../src/commands/mcp/tools.ts";
import { commands } from "../../src/commands/table.ts";

function wordsFor(tool: string, given: Readonly<Record<string, unknown>>): readonly string[] {
  const row = tools.find(({ name }) => name === tool);
  const spec = row === undefined ? undefined : commandNamed(row.command, commands);
  if (row === undefined || spec === undefined) throw new Error(`there is no tool ${tool}`);
  return wordsOf(row, flagsOf(spec), given);
}

test("every tool and resource names a command of the table, and only flags it has", () => {
  for (const row of [...tools, ...resources.map(({ name, command }) => ({ name, command, flags: [] }))]) {
    const spec = commandNamed(row.command, commands);
    expect(spec?.name, row.name).toBe(row.command);
    for (const flag of row.flags ?? []) expect(flagsOf(spec ?? { flags: [] }).map(({ name }) => name), row.name).toContain(flag);
  }
});

test("a command that destroys by itself is no tool that may do so unasked", () => {
  const wrong = tools.filter(({ command, kind }) => commandNamed(command, commands)?.isDestructive === true && kind !== "destroys");
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

describe("words", () => {
  test("lists are repeated, switches stand alone, what is not given is left out", () => {
    expect(wordsFor("status", { project: ["a", "b"] })).toEqual(["status", "--project=a", "--project=b", "--json", "--headless"]);
    expect(wordsFor("start", { trees: true, main: false })).toEqual(["start", "--trees", "--json", "--headless"]);
    expect(wordsFor("events", { since_seq: 12 })).toEqual(["events", "--since-seq=12", "--json", "--headless"]);
    expect(wordsFor("db_clone", { from: "Main", to: "login-1" })).toEqual(["db", "clone", "Main", "login-1", "--json", "--headless"]);
  });

  test("a value that looks like a flag stays a value, and a command's words stand behind everything", () => {
    expect(wordsFor("status", { project: ["--repo=/elsewhere"] })).toEqual(["status", "--project=--repo=/elsewhere", "--json", "--headless"]);
    expect(wordsFor("run", { command: ["ls", "--all"], confirm: true })).toEqual(["run", "--json", "--headless", "--", "ls", "--all"]);
  });
});

test("a look-up that finds something out of order has answered; a refusal has not, nor has a change that went wrong", () => {
  expect(isFailed({ kind: "reads" }, { code: 1, value: { ok: false, overall: "unhealthy" } })).toBe(false);
  expect(isFailed({ kind: "reads" }, { code: 1, value: { ok: false, error: { reason: "no_run" } } })).toBe(true);
  expect(isFailed({ kind: "changes" }, { code: 1, value: { ok: false } })).toBe(true);
  expect(isFailed({ kind: "changes" }, { code: undefined, value: {} })).toBe(true);
});
