/** Names of a configuration at a look: the same as the whole reading has, or none at all. */
import { expect, test } from "vitest";
import { quickNames } from "../../src/commands/quick-names.ts";

test("keys below a key are found, whatever stands in them", () => {
  const text = `version: 1
# the shop
services: # two
  backend:
    command: "npm run dev"
    env:
      services: no
  'web-1': { command: serve, port: 9000 }

  # not this: one
requirements:
    postgres: {}
`;
  expect(quickNames(text, "services")).toEqual(["backend", "web-1"]);
  expect(quickNames(text, "requirements")).toEqual(["postgres"]);
  expect(quickNames(text, "modes")).toEqual([]);
});

test.each([["on one line", "services: { a: { command: b } }\n"], ["by an alias", "services: *common\n"], ["as the Python engine's form", "SERVICES=a,b\n"], ["with a merge", "services:\n  <<: *common\n  a: {}\n"], ["as a list", "services:\n  - a: {}\n"]])("what is written %s is left to a whole reading", (_, text) => {
  expect(quickNames(text, "services")).toBeUndefined();
});
