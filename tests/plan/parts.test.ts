import { expect, test } from "vitest";
import type { KnownUnit } from "../../src/model/facts.ts";
import { portsAround, withParts, wholesOf } from "../../src/plan/parts.ts";
import { unitSpec } from "../model/specimen.ts";
import { alive } from "./specimen.ts";

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

test("a part that has run is asked for by its requirement; whatever else is named stays itself", () => {
  const part: KnownUnit = { spec: unitSpec("Main", "stack-auth", { kind: "requirement", requirement: { adapter: "stack", version: "" } }), isWanted: true, isReady: true, truth: alive };
  expect(wholesOf(["stack-auth", "stack", "app", "stack-rest"], "Main", { "Main/stack-auth": part })).toEqual(["stack", "app", "stack-rest"]);
});
