import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flagsOf, parseArguments, readSwitches, type ParseResult } from "../../src/cli/parse.ts";
import { readWithCommander } from "../../src/cli/read-options.ts";
import { commands } from "../../src/commands/table.ts";
import { commandTrouble } from "../../src/ui/usage-words.ts";

function parsed(line: string): Promise<ParseResult> {
  return parseArguments(line.split(" ").filter((word) => word !== ""), commands);
}

/** Command, words and flags; or the sentences. */
async function told(line: string): Promise<unknown> {
  const result = await parsed(line);
  if (result.ok) return [result.spec.name, ...result.args, result.flags, ...(result.passthrough.length > 0 ? [result.passthrough] : [])];
  const { message, hint } = commandTrouble(result.trouble);
  return `${message} ${hint}`;
}

describe("a command line", () => {
  test.each([
    ["", ["start", {}]],
    ["--dry-run", ["start", { "dry-run": true }]],
    ["--trees --project a,b --project c", ["start", { trees: true, project: ["a", "b", "c"] }]],
    ["--repo /x status", ["status", { repo: "/x" }]],
    ["status --repo=/x --json", ["status", { repo: "/x", json: true }]],
    ["--json --service worker logs -f", ["logs", { json: true, service: ["worker"], follow: true }]],
    ["logs -fn5", ["logs", { follow: true, tail: "5" }]],
    ["logs -n 5", ["logs", { tail: "5" }]],
    ["--tail 5 logs", ["logs", { tail: "5" }]],
    ["start --no-color", ["start", { "no-color": true }]],
    ["start --set a=1,2 --set b=3", ["start", { set: ["a=1,2", "b=3"] }]],
    ["logs --grep=-x", ["logs", { grep: "-x" }]],
    ["exec backend -- npm run x --json", ["exec", "backend", {}, ["npm", "run", "x", "--json"]]],
    ["explain 8000", ["explain", "8000", {}]],
    ["daemon logs", ["daemon", "logs", {}]],
    ["start start", `Unexpected word "start" after start. Targets are named by --project NAME or --service NAME.`],
  ])("`%s` is understood", async (line, meaning) => {
    expect(await told(line)).toEqual(meaning);
  });

  test.each([
    ["ps", "status"], ["s", "stop"], ["kill", "stop"], ["killall", "stop-all"], ["r", "restart"], ["l", "logs"], ["h", "health"], ["e", "errors"], ["dash", "dashboard"], ["logs-clear", "clear-logs"],
  ])("`%s` means %s", async (alias, name) => {
    expect(await parsed(alias)).toMatchObject({ ok: true, spec: { name } });
  });

  test.each([
    ["--no-interactive", { headless: true }], ["--non-interactive", { headless: true }], ["--batch", { headless: true }], ["--tree", { trees: true }], ["--projects x", { project: ["x"] }],
    ["trees=true", { trees: true }], ["main=false", { trees: true }], ["trees=false", { main: true }], ["--no-auto-resume", { "no-resume": true }],
  ])("the Python engine's `%s` is understood", async (line, flags) => {
    expect(await told(line)).toEqual(["start", flags]);
  });

});

describe("a wrong command line", () => {
  test.each([
    ["strat", 'Unknown command "strat". Did you mean "start"?'],
    ["xyzzy", 'Unknown command "xyzzy". `envctl help` lists the commands.'],
    ["start --dryrun", 'Unknown option "--dryrun" for start. Did you mean "--dry-run"?'],
    ["status --jsno", 'Unknown option "--jsno" for status. Did you mean "--json"?'],
    ["status -x", 'Unknown option "-x" for status. `envctl help status` lists what it takes.'],
    ["logs -fx", 'Unknown option "-x" for logs. `envctl help logs` lists what it takes.'],
    ["version --project a", 'Unknown option "--project" for version. `envctl help version` lists what it takes.'],
    ["--follow status", 'Unknown option "--follow" for status. `envctl help status` lists what it takes.'],
    ["logs --tail", 'Missing value: --tail needs N. Write --tail N, or --tail=N when the value begins with "-".'],
    ["logs --tail --json", 'Missing value: --tail needs N. Write --tail N, or --tail=N when the value begins with "-".'],
    ["logs -n -f", "Missing value: -n needs N. Write -n N."],
    ["status --project ,", 'Missing value: --project needs NAME. Write --project NAME, or --project=NAME when the value begins with "-".'],
    ["status --repo=", 'Missing value: --repo needs PATH. Write --repo PATH, or --repo=PATH when the value begins with "-".'],
    ["status --json=yes", "--json takes no value. `envctl help status` lists what it takes."],
    ["status extra", 'Unexpected word "extra" after status. Targets are named by --project NAME or --service NAME.'],
    ["version extra", 'Unexpected word "extra" after version. `envctl help version` lists what it takes.'],
    ["status -- ls", 'Unexpected word "-- ls" after status. Targets are named by --project NAME or --service NAME.'],
    ["daemon stauts", 'Unexpected word "stauts" after daemon. Did you mean "status"?'],
    ["completion tcsh", 'Unexpected word "tcsh" after completion. One of: bash, zsh, fish, powershell.'],
    ["env", "env needs UNIT. `envctl help env` lists what it takes."],
    ["--main --trees", "--main and --trees exclude each other. Give one of them."],
    ["status --headless --interactive", "--headless and --interactive exclude each other. Give one of them."],
  ])("`%s` is refused with the nearest match", async (line, sentence) => {
    expect(await told(line)).toEqual(sentence);
  });

});

describe("any command line", () => {
  test("help may stand anywhere, whatever is missing", async () => {
    expect(await parsed("env --help")).toMatchObject({ ok: true, flags: { help: true }, spec: { name: "env" } });
    expect(await parsed("-h")).toMatchObject({ ok: true, hasWord: false, flags: { help: true } });
  });

  test("no words whatever make it crash", async () => {
    const known = commands.flatMap((row) => [row.name, ...(row.aliases ?? []), ...flagsOf(row).flatMap((flag) => [`--${flag.name}`, `--${flag.name}=x`])]);
    const word = fc.oneof(fc.string(), fc.constantFrom(...known, "--", "-", "--=", "-=", "--__proto__", "--constructor=1", "__proto__", "-5", "--no-json"), fc.string().map((text) => `--${text}`), fc.string().map((text) => `-${text}`));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 8 }), async (argv) => {
        const result = await parseArguments(argv, commands);
        if (!result.ok) expect(commandTrouble(result.trouble).message).not.toBe("");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("plain switches and words", () => {
  test("mean the same whether commander reads them or not", () => {
    fc.assert(
      fc.property(fc.constantFrom(...commands), fc.array(fc.nat()), (row, picks) => {
        const flags = flagsOf(row);
        const names = flags.filter((flag) => flag.value === undefined).flatMap((flag) => [flag.name, ...(flag.aliases ?? [])]);
        const tokens = picks.map((pick) => (pick % 3 === 0 ? `word${pick}` : `--${names[pick % names.length]}`));
        expect(readSwitches(tokens, flags)).toEqual(readWithCommander(tokens, row, flags));
      }),
    );
  });
});

describe("the table", () => {
  test("no two commands share a word, and no command has a flag twice", () => {
    const words = commands.flatMap((row) => [row.name, ...(row.aliases ?? [])]);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
    for (const row of commands) {
      const flags = flagsOf(row).flatMap((flag) => [flag.name, ...(flag.aliases ?? []), ...(flag.short === undefined ? [] : [flag.short])]);
      expect([row.name, flags.filter((name, index) => flags.indexOf(name) !== index)]).toEqual([row.name, []]);
    }
  });

  test("a flag of one name takes a value in every command or in none, since it may stand before the command", () => {
    const kinds = new Map<string, Set<boolean>>();
    for (const flag of commands.flatMap(flagsOf)) kinds.set(flag.name, (kinds.get(flag.name) ?? new Set()).add(flag.value !== undefined));
    expect([...kinds].filter(([, values]) => values.size > 1)).toEqual([]);
  });

  test("every command has a body", async () => {
    for (const row of commands) expect(typeof (await row.load()).run).toBe("function");
  });
});
