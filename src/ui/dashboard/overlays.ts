/** What stands in front of the panes: the palette, questions, help, what a command said. Pure. */
import { broken } from "./detail-pane.ts";
import { keyGroups, keyRows, keyText, type KeyRow } from "./keys.ts";
import { scrolledTo, type Size } from "./pane.ts";
import { callWords, paletteEntries } from "./palette.ts";
import type { Overlay, Place } from "./place.ts";
import { cell, fitted, lineWidth, shortName, span, tailOf, clipped, textWidth, upTo, type Line } from "./span.ts";
import type { World } from "./world.ts";

interface Box {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly foot: Line;
  readonly width: number;
}

/** The screen with the overlay over it. */
export function withOverlay(lines: readonly Line[], world: World, place: Place, screen: Size): readonly Line[] {
  const { overlay } = place;
  // What is typed into the last line needs no room of its own.
  if (overlay === undefined || overlay.kind === "filter" || overlay.kind === "path") return lines;
  const box = boxOf(overlay, world, place, screen);
  const drawn = frameLines(box);
  const [top, left] = [Math.max(1, Math.floor((screen.height - drawn.length) / (overlay.kind === "palette" ? 4 : 2))), Math.floor((screen.width - box.width) / 2)];
  return lines.map((line, index) => {
    const part = drawn[index - top];
    return part === undefined ? line : [...upTo(line, left), ...part, ...tailOf(line, left + box.width)];
  });
}

/** The first line of what can be scrolled when its last one is seen. */
export function lastTop(overlay: Extract<Overlay, { kind: "help" | "output" }>, world: World, screen: Size): number {
  const { length } = overlay.kind === "help" ? helpLines(world, wideWidth(screen) - 4) : overlay.lines;
  return Math.max(0, length - linesRoom(screen));
}

function wideWidth({ width }: Size): number {
  return Math.min(144, width);
}

function linesRoom({ height }: Size): number {
  return Math.max(3, height - 4);
}

function boxOf(overlay: Exclude<Overlay, { kind: "filter" | "path" }>, world: World, place: Place, screen: Size): Box {
  const [width, wide, room] = [Math.min(96, screen.width), wideWidth(screen), linesRoom(screen)];
  switch (overlay.kind) {
    case "help":
      return scrolled("Keys", helpLines(world, wide - 4), overlay.top, wide, room);
    case "palette":
      return paletteBox(overlay.text, overlay.at, world, place, width, Math.min(room, 18));
    case "confirm":
      return confirmBox(overlay.title, overlay.lines, callWords(overlay.call), width, room);
    case "message":
      return messageBox(overlay, width, room);
    case "output":
      return scrolled(overlay.title, overlay.lines, overlay.top, screen.width, room);
  }
}

function paletteBox(text: string, at: number, world: World, place: Place, width: number, room: number): Box {
  const entries = paletteEntries(world, place, text);
  const shown = Math.max(1, room - 2);
  const top = scrolledTo(at, entries.length, shown);
  const labelWidth = Math.min(34, Math.floor(width / 2));
  const rows = entries.slice(top, top + shown).map((entry, index): Line => {
    const isAt = top + index === at;
    return [span(isAt ? "▌" : " ", "accent"), ...cell(shortName(entry.label, labelWidth), labelWidth, isAt ? "chosen" : "strong"), span(" "), ...cell(entry.about, Math.max(0, width - labelWidth - 13), "quiet"), span(" "), ...cell(entry.key, 7, "key")];
  });
  const none: readonly Line[] = entries.length === 0 ? [[span("  nothing is called so", "quiet")]] : [];
  const padding = Array.from({ length: Math.max(0, shown - Math.max(1, rows.length)) }, (): Line => []);
  return { title: "Commands", width, lines: [[span(" › ", "accent"), span(text, "strong"), span(" ", "chosen")], [], ...rows, ...none, ...padding], foot: [span(`${entries.length} `, "quiet"), span("Enter", "key"), span(" does it  "), span("Esc", "key"), span(" closes")] };
}

function confirmBox(title: string, lines: readonly string[], whom: string, width: number, room: number): Box {
  const most = Math.max(1, room - 4);
  const rows = lines.flatMap((line) => (textWidth(line) <= width - 6 ? [line] : broken(line, width - 6)));
  const shown = rows.slice(0, most).map((line): Line => [span(`  ${line}`)]);
  const more: readonly Line[] = rows.length > most ? [[span(`  and ${rows.length - most} more`, "quiet")]] : [];
  return { title: `${title}${whom === "" ? "" : ` ${whom}`}?`, width: Math.min(width, Math.max(44, ...shown.map((line) => lineWidth(line) + 4))), lines: [[], ...shown, ...more, []], foot: [span("y", "key"), span(" does it  "), span("n", "key"), span(" does not")] };
}

/** What is typed stands below what it is about. */
function messageBox({ title, lines, call, text }: Extract<Overlay, { kind: "message" }>, width: number, room: number): Box {
  const box = confirmBox(title, lines, callWords(call), width, room - 2);
  const label = "  Message: ";
  const shown = tailOf([span(text, "strong")], Math.max(0, textWidth(text) - (width - label.length - 4)));
  return { ...box, width, lines: [...box.lines, [span(label, "accent"), ...shown, span(" ", "chosen")], []], foot: [span("Enter", "key"), span(` does it${text.trim() === "" ? ", with the heading of MAIN_TASK.md" : ""}  `), span("Esc", "key"), span(" does not")] };
}

function scrolled(title: string, lines: readonly Line[], wantedTop: number, width: number, room: number): Box {
  const top = Math.min(wantedTop, Math.max(0, lines.length - room));
  const part = lines.length > room ? ` ${top + 1}–${Math.min(lines.length, top + room)} of ${lines.length} ` : "";
  return { title, width, lines: lines.slice(top, top + room).map((line) => [span(" "), ...line]), foot: [span(part, "quiet"), span("Esc", "key"), span(" closes")] };
}

/** Made from the table of keys; keys of commands that are not there are left out. */
function helpLines(world: World, width: number): readonly Line[] {
  const column = Math.floor(width / 2);
  const [left, right] = [keyGroups.slice(0, 2), keyGroups.slice(2)].map((groups) => groups.flatMap((group) => groupLines(group, world, column)));
  const isNarrow = width < 84;
  if (isNarrow) return keyGroups.flatMap((group) => groupLines(group, world, width));
  const count = Math.max(left?.length ?? 0, right?.length ?? 0);
  return Array.from({ length: count }, (_, index): Line => [...fitted(left?.[index] ?? [], column), ...fitted(right?.[index] ?? [], column)]);
}

function groupLines(group: KeyRow["group"], world: World, width: number): readonly Line[] {
  const rows = keyRows.filter((row) => row.group === group).flatMap((row) => {
    const about = "action" in row ? row.about : world.commands.find((command) => command.name === row.command)?.about;
    if (about === undefined) return [];
    return broken("command" in row ? `${row.command}: ${about}` : about, width - 15).map((part, index) => [...cell(index === 0 ? row.keys.map(keyText).join(" ") : "", 13, "key"), span(part)]);
  });
  return [[span(group, "title")], ...rows, []];
}

function frameLines(box: Box): readonly Line[] {
  const inside = box.width - 2;
  const title: Line = [span("╭─ ", "accent"), ...clipped([span(box.title, "title")], inside - 4), span(" ", "accent")];
  const foot: Line = [span(" "), ...box.foot, span(" ")];
  return [
    [...title, span(`${"─".repeat(Math.max(0, box.width - lineWidth(title) - 1))}╮`, "accent")],
    ...box.lines.map((line): Line => [span("│", "accent"), ...fitted(line, inside), span("│", "accent")]),
    [span(`╰${"─".repeat(Math.max(0, inside - lineWidth(foot) - 1))}`, "accent"), ...foot, span("─╯", "accent")],
  ];
}
