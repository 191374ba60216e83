import { expect, test } from "vitest";
import { globalFlags } from "../../src/cli/global-flags.ts";
import { pluginProblems, takenFlags } from "../../src/plugins/contract.ts";
import { foreignProblems } from "../../src/requirements/foreign-contract.ts";

const problems = (exported: unknown): readonly string[] => pluginProblems(exported, "1.2.3", foreignProblems);
const work = (): undefined => undefined;

test("a whole plug-in keeps the contract, and so does one that adds nothing", () => {
  expect(problems({})).toEqual([]);
  expect(problems({
    envctl: "^1", version: "0.1.0", about: "Everything.",
    requirements: [{ apiVersion: 1, id: "kafka", title: "Kafka", provides: [], engines: { embedded: { draft: work } } }],
    executors: { shell: { command: work } },
    checks: [{ id: "vpn", title: "VPN", gates: ["ship"], run: work }],
    commands: [{ name: "onboard", about: "Says hello.", args: [{ name: "WHO", about: "Whom." }], flags: [{ name: "loud", about: "Loudly." }], aliases: ["hi"], run: work, text: work, exit: work }],
    services: [{ name: "mailbox", type: "fake", capabilities: ["mail"], module: "/srv/mailbox.mjs" }],
    detectors: [{ id: "bazel", files: ["BUILD"], detect: work }],
  })).toEqual([]);
});

test.each([undefined, null, 3, [], () => undefined])("%s is no plug-in", (exported) => {
  expect(problems(exported)).toEqual(["it exports no object `plugin`: write `export const plugin = definePlugin({ … })`"]);
});

test("everything that is wrong is told at once", () => {
  expect(problems({
    envctl: "^2", about: 3, command: [],
    requirements: [{ apiVersion: 2, id: "kafka", title: "Kafka", provides: [], engines: { embedded: {} } }, "kafka"],
    executors: { "a/b": {}, shell: { command: "sh" } },
    checks: [{ id: "vpn", title: "VPN", gates: ["start"] }],
    commands: [{ name: "two words", about: "", flags: [{ name: "loud" }], run: work }],
    services: { name: "mailbox" },
    detectors: [{ id: "bazel", files: "BUILD", detect: work }],
  })).toEqual([
    "`plugin.command` is nothing there is; known: envctl, version, about, requirements, checks, commands, services, detectors, executors",
    "it is for envctl ^2, and this is 1.2.3",
    "`plugin.about` must be a text of one line",
    "`plugin.requirements[0].apiVersion` must be 1, the version of the contract",
    "`plugin.requirements[0].engines.embedded.draft` must be a function",
    "`plugin.requirements[1]` must be an object",
    "`plugin.checks[0].run` must be a function",
    '`plugin.checks[0].gates` must be ["ship"] or absent',
    "`plugin.commands[0].name` must be a name of letters, digits, - and _",
    "`plugin.commands[0].about` must be a text of one line",
    "`plugin.commands[0].flags` must be a list of { name, about, … }",
    "`plugin.services` must be a list",
    "`plugin.detectors[0].files` must be a list of texts",
    "`plugin.executors.a/b` must be an object under a name of letters, digits, - and _",
    "`plugin.executors.shell.command` must be a function",
  ]);
});

test("no flag of a command has the name of another, or of one that every command has", () => {
  const withFlags = (...names: readonly string[]): number => problems({ commands: [{ name: "onboard", about: "Hello.", run: work, flags: names.map((name) => ({ name, about: "A flag." })) }] }).length;
  expect([withFlags("loud", "quiet"), withFlags("loud", "loud"), withFlags("json")]).toEqual([0, 1, 1]);
  expect(globalFlags.flatMap(({ name, short, aliases = [] }) => [name, ...(short === undefined ? [] : [short]), ...aliases]).toSorted()).toEqual([...takenFlags].toSorted());
});
