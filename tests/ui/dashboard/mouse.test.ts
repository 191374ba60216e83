/** The mouse: where a click leads, what the wheel scrolls. */
import { expect, test } from "vitest";
import { mouseStep } from "../../../src/ui/dashboard/mouse.ts";
import { logLine, placeAt, pressed, screenText, shopUnits, unitRow, worldOf } from "./specimen.ts";

const world = worldOf(shopUnits, { log: { lines: [logLine("Main/backend", "GET / 200")], share: 1, sizeBytes: 10 } });
const at = placeAt("Main/backend");

/** Cells count from 1; the row is the one that shows the text. */
function clickOn(text: string, of = world, place = at, screen = { width: 80, height: 24 }): ReturnType<typeof mouseStep> {
  const row = screenText(of, place, screen.width, screen.height).split("\n").findIndex((line) => line.includes(text)) + 1;
  return mouseStep(`click 5 ${row}`, place, of, screen);
}

test("a click chooses the row it hits, also in a list that is longer than the screen", () => {
  expect(clickOn("worker")?.place).toMatchObject({ cursor: "Main/worker", focus: "units" });
  expect(clickOn("▾ feature")?.place.cursor).toBe("feature");
  const many = worldOf(Array.from({ length: 60 }, (_, index) => unitRow(`Main/unit-${index}`)));
  const middle = placeAt("Main/unit-30");
  expect(clickOn("unit-32", many, middle)?.place.cursor).toBe("Main/unit-32");
  expect(clickOn("unit-29", many, middle, { width: 160, height: 50 })?.place.cursor).toBe("Main/unit-29");
});

test("a click into the other pane gives it the keys; one on the first or last line, or while something is open, does nothing", () => {
  expect(clickOn("GET /")?.place).toMatchObject({ cursor: "Main/backend", focus: "view" });
  expect(mouseStep("click 5 1", at, world, { width: 80, height: 24 })).toEqual({ place: at, effects: [] });
  expect(mouseStep("click 5 24", at, world, { width: 80, height: 24 })).toEqual({ place: at, effects: [] });
  const open = placeAt("Main/backend", { overlay: { kind: "help", top: 0 } });
  expect(clickOn("worker", world, open)).toEqual({ place: open, effects: [] });
});

test("the wheel scrolls the log, or what is open in front, and leaves the keys where they are", () => {
  expect(mouseStep("wheel-up", at, world, { width: 80, height: 24 })).toEqual({ place: at, effects: [{ kind: "scroll", lines: -3 }] });
  expect(mouseStep("wheel-down", placeAt("Main/backend", { overlay: { kind: "help", top: 4 } }), world, { width: 80, height: 24 })?.place.overlay).toEqual({ kind: "help", top: 7 });
});

test("it is heard only when it is asked for, and given back by the same key", () => {
  const on = pressed(["M"], world, at);
  expect([on.place.hasMouse, on.effects]).toEqual([true, [{ kind: "mouse", isHeard: true }]]);
  expect(pressed(["M"], world, on.place)).toMatchObject({ place: { hasMouse: false }, effects: [{ kind: "mouse", isHeard: false }] });
  expect(mouseStep("down", at, world, { width: 80, height: 24 })).toBeUndefined();
});
