import { expect, test } from "vitest";
import { cursorOf, offsetsOf } from "../../src/commands/log-cursor.ts";

test("a cursor says how far each log was read", () => {
  const cursor = cursorOf("run-1", [{ unit: "Main/backend", offset: 120 }, { unit: "login-1/web.api", offset: 0 }]);
  expect(offsetsOf(cursor, "run-1")).toEqual({ "Main/backend": 120, "login-1/web.api": 0 });
  expect(offsetsOf(cursorOf("run-1", []), "run-1")).toEqual({});
});

test("logs of another run begin at their beginning", () => {
  expect(offsetsOf("run-1:Main/backend=120", "run-2")).toEqual({});
});

test.each(["", "run-1", "run-1:Main/backend", "run-1:Main/backend=-1", "run-1:Main/backend=1,", "a b:", "run-1:x=1;y=2"])("%j is none", (text) => {
  expect(offsetsOf(text, "run-1")).toBeUndefined();
});
