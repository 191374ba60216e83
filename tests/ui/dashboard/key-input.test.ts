/** Keys as a terminal sends them, one by one and many in one piece. */
import { expect, test } from "vitest";
import { keyNames } from "../../../src/ui/dashboard/key-input.ts";

test("keys have the same names whether they come alone or in one piece with others", () => {
  expect(keyNames("", { downArrow: true })).toEqual(["down"]);
  expect(keyNames("u", { ctrl: true })).toEqual(["ctrl-u"]);
  expect(keyNames("ab\u0015rs web\r", {})).toEqual(["a", "b", "ctrl-u", "r", "s", "space", "w", "e", "b", "enter"]);
  expect(keyNames("j\u0003", {})).toEqual(["j", "ctrl-c"]);
  expect(keyNames("日\u007f", {})).toEqual(["日", "backspace"]);
});

test("of the mouse the wheel and the first button are heard", () => {
  expect(keyNames("[<64;10;5M[<0;3;4M[<0;3;4m[<2;3;4M", {})).toEqual(["wheel-up", "click 3 4"]);
});
