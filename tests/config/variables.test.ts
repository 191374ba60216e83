import { expect, test } from "vitest";
import { readSuite } from "../../src/config/suite-file.ts";
import { withVariables } from "../../src/config/variables.ts";

const variables = { HOME: "/home/me", EMPTY: "", PATH: "/bin" };
const read = (...lines: readonly string[]) => readSuite({ text: lines.join("\n"), file: "smoke.yaml", name: "smoke", variables });
const troubles = (...lines: readonly string[]): readonly string[] => read(...lines).failures.map(({ message, place }) => `${place?.file ?? ""}:${place?.line ?? 0}:${place?.column ?? 0} ${message}`);

test.each([
  ["${HOME}/x", "/home/me/x"],
  ["[${EMPTY}]", "[]"],
  ["${NOT_SET:-${HOME}/default}", "/home/me/default"],
  ["${EMPTY:-other}", "other"],
  ["$${HOME} $HOME {port} $", "${HOME} $HOME {port} $"],
  ["${services.web.url}/x", "${services.web.url}/x"],
  ["${NOT_SET:-$${literal}}", "${literal}"],
])("D11 %j is %j", (text, expected) => {
  expect(withVariables(text, variables)).toEqual({ text: expected, problems: [] });
});

test("D11 what the environment block sets is used below and above it, from top to bottom; PATH is appended to", () => {
  const { value, failures } = read("env: { TOKEN: '${TOKEN}-2' }", "log_dir: ${DIR}", "environment:", "  ROOT: ${HOME}/suite", "  DIR: ${ROOT}/logs", "  TOKEN: abc", "  PATH: ${ROOT}/bin");
  expect(failures).toEqual([]);
  expect(value).toMatchObject({ logDirectory: "/home/me/suite/logs", environment: { ROOT: "/home/me/suite", TOKEN: "abc-2", PATH: "/bin:/home/me/suite/bin" } });
});

test("D11 a variable that is not set is an error at its place, with its key and its name, and never an empty text", () => {
  expect(troubles("suite: smoke", "env:", "  A: ${NOT_SET}", "  B: ${EMPTY:?say which}", "  C: ${ALSO_NOT}", "ports: { web: 0 }", "sripts: []")).toEqual([
    "smoke.yaml:3:6 `env.A` uses ${NOT_SET}, which is not set",
    "smoke.yaml:4:6 `env.B` uses ${EMPTY}, which is empty: say which",
    "smoke.yaml:5:6 `env.C` uses ${ALSO_NOT}, which is not set",
    "smoke.yaml:7:1 unknown key `sripts`",
    "smoke.yaml:6:15 `ports.web` must be a port: a number from 1 to 65535",
  ]);
  expect(troubles("env: { A: '${', B: '${not a name}' }")).toEqual(["smoke.yaml:1:11 `env.A` has a ${ without its }", "smoke.yaml:1:20 `env.B` uses ${not a name}, which is no variable"]);
  expect(troubles("environment:", "  A: ${B}", "  B: x")).toEqual(["smoke.yaml:2:6 `environment.A` uses ${B}, which is not set"]);
});

test("D11 a command is the shell's own: nothing is put in", () => {
  const { value, failures } = read("scripts:", "  - { name: one, command: 'echo ${WEB_URL:-none}', timeout: 2m }");
  expect(failures).toEqual([]);
  expect(value.scripts).toEqual([expect.objectContaining({ name: "one", command: "echo ${WEB_URL:-none}", timeoutMs: 120_000 })]);
});

test("D14 what is expected of scripts is a list, or names with reasons", () => {
  expect(read("skip: [one]", "expected_failures: { two: known since May }").value).toMatchObject({ skip: { one: "" }, expectedFailures: { two: "known since May" } });
  expect(troubles("skip: yes", "scripts: [a, a]")).toEqual([expect.stringContaining('`scripts` has "a" twice'), expect.stringContaining("`skip` must be names with values")]);
});
