/** Frames on an emulated terminal: only what changed is written, and the screen is as if all of it had been. */
import xterm from "@xterm/headless";
import { expect, test } from "vitest";
import { frameWriter } from "../../src/cli/terminal-frames.ts";
import { painted, span, type Line } from "../../src/ui/dashboard/span.ts";

const paints = { hasColor: true, hasLinks: true };

function unitBesideLog(unit: string, log: Line): string {
  return painted([span(unit, "good"), span(" ".repeat(20 - unit.length)), span("web", "accent", "http://127.0.0.1:3000"), span("│", "quiet"), ...log], paints);
}

/** Cells with their looks, after these frames. */
async function screenAfter(frames: readonly (readonly string[])[]): Promise<{ readonly cells: readonly string[]; readonly written: readonly string[] }> {
  const terminal = new xterm.Terminal({ cols: 60, rows: 4, allowProposedApi: true });
  const written: string[] = [];
  const { draw } = frameWriter((text) => void written.push(text));
  frames.forEach(draw);
  await new Promise<void>((resolve) => terminal.write(written.join(""), resolve));
  const cells = Array.from({ length: terminal.rows }, (_, row) => {
    const line = terminal.buffer.active.getLine(row);
    return Array.from({ length: terminal.cols }, (_unused, column) => line?.getCell(column)).map((cell) => `${cell?.getChars() ?? ""}${cell?.getFgColor() ?? ""}${cell?.isDim() ?? ""}${cell?.isBold() ?? ""}`).join(" ");
  });
  return { cells, written };
}

const first = [unitBesideLog("● web", [span("request 1 took 12 ms")]), unitBesideLog("● api", [span("世界 one", "bad"), span(" two")]), unitBesideLog("● db", [{ text: "yellow", sgr: "33" }, span(" and not")])];

test("what changed in a line is written, what stands before it is not", async () => {
  const next = [unitBesideLog("● web", [span("request 2")]), unitBesideLog("● api", [span("世界 one", "bad"), span(" three")]), unitBesideLog("● db", [{ text: "yellow", sgr: "33" }])];
  const { cells, written } = await screenAfter([first, next]);
  expect(cells).toEqual((await screenAfter([next])).cells);
  expect(written[1]).toContain("request 2");
  expect(written[1]).not.toContain("● web");
  // Whose width is not sure is written anew.
  expect(written[1]).toContain("● api");
});

test("a line becomes shorter, empty and long again without a trace", async () => {
  const [one = "", ...others] = first;
  const { cells } = await screenAfter([first, ["", ...others], [one.slice(0, 9), ...others], first]);
  expect(cells).toEqual((await screenAfter([first])).cells);
});

test("nothing is written for a frame that is the same", async () => {
  expect((await screenAfter([first, [...first]])).written).toHaveLength(1);
});
