import { expect, test } from "vitest";
import { afterKey, chosenNames, pickerFooter, pickerRows, startPicker, type PickerState } from "../../src/ui/picker-view.ts";

const items = ["alpha", "beta", "gamma"].map((name) => ({ name, detail: "" }));
const press = (...keys: readonly string[]): PickerState => keys.reduce((state, key) => afterKey(state, key), startPicker(items));

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

test("a few letters filter the list, and marks outside of the filter stay", () => {
  const filtered = press("space", "/", "g", "m", "enter");
  expect(pickerRows(filtered, 9).map(({ name }) => name)).toEqual(["gamma"]);
  expect(chosenNames(["a", "enter"].reduce((state, key) => afterKey(state, key), filtered))).toEqual(["alpha", "gamma"]);
  expect(pickerFooter(press("/", "g", "x", "backspace"))).toContain("/g▏");
  expect(pickerRows(press("/", "z", "escape"), 9)).toHaveLength(3);
  expect(press("/", "q").end).toBeUndefined();
});

test("a count that is changed marks its item and is told; what was chosen last is marked again", () => {
  const start = startPicker([{ name: "one", detail: "", count: 1 }, { name: "two", detail: "", count: 0 }], { remembered: ["two", "gone"] });
  expect(chosenNames(start)).toEqual(["two"]);
  const counted = ["right", "right", "left", "down", "-", "enter"].reduce((state, key) => afterKey(state, key), start);
  expect([chosenNames(counted), pickerRows(counted, 9).map(({ count }) => count)]).toEqual([["one=2", "two=0"], [2, 0]]);
  expect(chosenNames(press("right", "space"))).toEqual(["alpha"]);
});

test("where only one can be chosen, space takes it, and there is nothing to mark", () => {
  const only = (...keys: readonly string[]): PickerState => keys.reduce((state, key) => afterKey(state, key), startPicker(items, { isSingle: true }));
  expect([chosenNames(only("a", "down", "space")), only("a", "down", "space").end]).toEqual([["beta"], "taken"]);
  expect(pickerFooter(only())).not.toContain("mark");
});
