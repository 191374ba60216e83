import { expect, test } from "vitest";
import { portsAround, withParts } from "../../src/plan/parts.ts";

const drafts = { stack: { name: "stack" }, "stack-auth": { name: "stack-auth", partOf: "stack" }, "stack-rest": { name: "stack-rest", partOf: "stack" }, other: { name: "other" } };
const ports: Readonly<Record<string, Readonly<Record<string, number>>>> = { stack: { main: 1 }, "stack-auth": { auth: 2 }, "stack-rest": { rest: 3 }, other: { main: 4 } };
const around = (name: string) => Object.entries(portsAround(name, drafts, (unit) => ports[unit] ?? {}));

test("a requirement is followed by its parts, and nobody else has any", () => {
  expect(withParts(["other", "stack", "app"], drafts)).toEqual(["other", "stack", "stack-auth", "stack-rest", "app"]);
});

test("a unit is told its own ports first, then those of the rest of its requirement, and of no other", () => {
  expect(around("stack-rest")).toEqual([["rest", 3], ["main", 1], ["auth", 2]]);
  expect(around("stack")).toEqual([["main", 1], ["auth", 2], ["rest", 3]]);
  expect(around("other")).toEqual([["main", 4]]);
});
