import { expect, test } from "vitest";
import { afterKey, chosenNames, pickerRows, startPicker, type PickerState } from "../../src/ui/picker-view.ts";

const items = ["alpha", "beta", "gamma"].map((name) => ({ name, detail: "" }));
const press = (...keys: readonly string[]): PickerState => keys.reduce(afterKey, startPicker(items));

test("space marks, enter takes what is marked, in the list's order", () => {
  const state = press("down", "down", "space", "up", "up", "space", "enter");
  expect([chosenNames(state), state.end]).toEqual([["alpha", "gamma"], "taken"]);
});

test("enter with nothing marked takes the one it stands at; a marks all, and none again", () => {
  expect(chosenNames(press("j", "enter"))).toEqual(["beta"]);
  expect(chosenNames(press("a"))).toEqual(["alpha", "beta", "gamma"]);
  expect(chosenNames(press("a", "a"))).toEqual([]);
});

test("leaving chooses nothing, whatever was marked; other keys mean nothing", () => {
  const state = press("space", "x", "q");
  expect([chosenNames(state), state.end]).toEqual([[], "left"]);
});

test("the cursor stays inside, and a long list shows what is around it", () => {
  expect(press("up", "up").cursor).toBe(0);
  expect(press("down", "down", "down", "down").cursor).toBe(2);
  expect(pickerRows(press("down", "down"), 2).map(({ name, isHere }) => [name, isHere])).toEqual([["beta", false], ["gamma", true]]);
});
