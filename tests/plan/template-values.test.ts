import { expect, test } from "vitest";
import type { Failure } from "../../src/model/failure.ts";
import { filledTemplate } from "../../src/plan/template-values.ts";
import { projects, shop } from "./specimen.ts";

const known: Readonly<Record<string, string>> = { "env.HOME": "/home/me", "env.EMPTY": "", "env.PORT": "1234", "services.backend.url": "http://localhost:8000" };
const origins = { "services.backend.env.A": { layer: "repository", file: ".envctl", line: 7, column: 3 } } as const;

function filled(text: string, key = "env.A"): readonly [string, readonly Failure[]] {
  const [failures, fact] = [new Array<Failure>(), projects[0]];
  if (fact === undefined) throw new Error("there is no project");
  return [filledTemplate({ text, key: `services.backend.${key}`, port: 8000 }, (name) => known[name], { fact, config: shop, requirements: {}, units: [], origins }, failures), failures];
}

test.each([
  ["${HOME}/x", "/home/me/x"],
  ["${env.HOME}/x", "/home/me/x"],
  ["[${EMPTY}]", "[]"],
  ["${EMPTY:-nothing}", "nothing"],
  ["${NOT_SET:-http://localhost:{port}}", "http://localhost:8000"],
  ["${env.NOT_SET:-}", ""],
  ["${services.backend.url}/{port}", "http://localhost:8000/8000"],
  ["$${HOME}", "${HOME}"],
])("D11 in .envctl %j is %j", (text, expected) => {
  expect(filled(text)).toEqual([expected, []]);
});

test("D11 in .envctl a variable without a value is told with its place, its key and what to do", () => {
  expect(filled("${NOT_SET}")[1]).toEqual([{
    reason: "configuration_invalid", message: "services.backend.env.A of Main: no value for ${NOT_SET}", place: { file: ".envctl", line: 7, column: 3 },
    hint: "set it first: `export NOT_SET=…`; give it a default: ${NOT_SET:-…}; or correct services.backend.env.A",
  }]);
  expect(filled("${EMPTY:?say which}")[1]).toMatchObject([{ message: expect.stringContaining("no value for ${EMPTY:?say which}") as string }]);
  expect(filled("${PORT}")[1], "the caller's PORT is not the unit's").toMatchObject([{ hint: "write {port} for the unit's own port" }]);
});

test("D11 in .envctl variables in commands are the shell's", () => {
  expect(filled("echo $${HOME}", "command")).toEqual(["echo ${HOME}", []]);
  expect(filled("echo ${HOME}", "command")[1]).toHaveLength(1);
});
