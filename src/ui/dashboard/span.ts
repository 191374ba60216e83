/** Lines of the dashboard as data: pieces of text with a look, measured in cells of a terminal. */
import { visibleWidth } from "../table.ts";

/** How a piece looks. Colours are the terminal's own sixteen, so that they fit light and dark ones. */
export type Look = "plain" | "good" | "busy" | "bad" | "quiet" | "strong" | "accent" | "title" | "chosen" | "alarm" | "key" | "match";

/** Text without control characters. */
export interface Span {
  readonly text: string;
  readonly look?: Look;
  /** Colours a program wrote itself, parameters of SGR: `1;31`. */
  readonly sgr?: string;
  /** Where a click leads. */
  readonly url?: string;
}

export type Line = readonly Span[];

/** What a terminal can show. */
export interface Paints {
  readonly hasColor: boolean;
  readonly hasLinks: boolean;
}

/** Attributes stay without colour (https://no-color.org is about colour), since a choice must be seen. */
const looks: Readonly<Record<Look, { readonly color: string; readonly attributes: string }>> = {
  plain: { color: "", attributes: "" },
  good: { color: "32", attributes: "" },
  busy: { color: "33", attributes: "" },
  bad: { color: "31", attributes: "1" },
  quiet: { color: "", attributes: "2" },
  strong: { color: "", attributes: "1" },
  accent: { color: "36", attributes: "" },
  title: { color: "36", attributes: "1" },
  chosen: { color: "", attributes: "1;7" },
  alarm: { color: "31", attributes: "1;7" },
  key: { color: "36", attributes: "1" },
  match: { color: "", attributes: "7" },
};

/** A piece of a line; text from outside loses what could move the cursor. */
export function span(text: string, look: Look = "plain", url?: string): Span {
  return { text: printable(text), look, ...(url === undefined ? {} : { url: printable(url) }) };
}

/** Control characters become blanks. */
export function printable(text: string): string {
  return /[\u0000-\u001f\u007f-\u009f]/.test(text) ? text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ") : text;
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, one) => sum + textWidth(one.text), 0);
}

/** Cells of printable text; nearly all of it is ASCII. */
export function textWidth(text: string): number {
  return /^[\u0020-\u007e]*$/.test(text) ? text.length : visibleWidth(text);
}

/** Cut to so many cells, with `…` where something is missing. */
export function clipped(line: Line, width: number): Line {
  if (lineWidth(line) <= width) return line;
  const shown: Span[] = [];
  let room = Math.max(0, width - 1);
  for (const one of line) {
    const text = headOf(one.text, room);
    if (text !== "") shown.push({ ...one, text });
    room -= textWidth(text);
    if (text !== one.text) break;
  }
  return width <= 0 ? [] : [...shown, span("…", "quiet")];
}

/** Exactly so many cells: cut, or filled up with blanks. */
export function fitted(line: Line, width: number): Line {
  const shown = clipped(line, width);
  const missing = width - lineWidth(shown);
  return missing <= 0 ? shown : [...shown, span(" ".repeat(missing))];
}

/** A column of a row. */
export function cell(text: string, width: number, look: Look = "plain", url?: string): Line {
  return fitted([span(text, look, url)], width);
}

/** A column of numbers. */
export function rightCell(text: string, width: number, look: Look = "plain"): Line {
  return fitted([span(`${" ".repeat(Math.max(0, width - textWidth(text)))}${text}`, look)], width);
}

/** As many characters as fit, and none of them cut in half. */
export function headOf(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let head = "";
  let room = width;
  for (const character of text) {
    room -= textWidth(character);
    if (room < 0) break;
    head += character;
  }
  return head;
}

/** `checkout-rede…/backend`: of what is too long the end of the first part goes, since names differ in the second. */
export function shortName(name: string, width: number): string {
  const behind = name.slice(name.lastIndexOf("/"));
  const room = width - textWidth(behind) - 1;
  if (textWidth(name) <= width || room < 4 || behind === name) return headOf(name, width);
  return `${headOf(name, room)}…${behind}`;
}

/** The cells before `to`, filled up with blanks. */
export function upTo(line: Line, to: number): Line {
  const shown: Span[] = [];
  let room = to;
  for (const one of line) {
    const text = headOf(one.text, room);
    if (text !== "") shown.push({ ...one, text });
    room -= textWidth(text);
    if (text !== one.text) break;
  }
  return room <= 0 ? shown : [...shown, span(" ".repeat(room))];
}

/** The cells from `from` on; of a wide character that begins before it a blank is left. */
export function tailOf(line: Line, from: number): Line {
  const shown: Span[] = [];
  let at = 0;
  for (const one of line) {
    const width = textWidth(one.text);
    if (at >= from) shown.push(one);
    else if (at + width > from) shown.push({ ...one, text: textFrom(one.text, from - at) });
    at += width;
  }
  return shown;
}

function textFrom(text: string, from: number): string {
  const head = headOf(text, from);
  const rest = text.slice(head.length);
  if (textWidth(head) === from) return rest;
  const [straddling = ""] = rest;
  return ` ${rest.slice(straddling.length)}`;
}

/** The text without any look, for tests and readers of screens. */
export function plainLine(line: Line): string {
  return line.map((one) => one.text).join("").trimEnd();
}

/** With escape sequences. Each piece ends what it began, so that pieces can be put together in any order. */
export function painted(line: Line, paints: Paints): string {
  return line.map((one) => paintedSpan(one, paints)).join("");
}

function paintedSpan({ text, look, sgr, url }: Span, paints: Paints): string {
  const { color, attributes } = looks[look ?? "plain"];
  const codes = [attributes, ...(paints.hasColor ? [color, sgr ?? ""] : [])].filter((one) => one !== "").join(";");
  const shown = codes === "" ? text : `\u001b[${codes}m${text}\u001b[0m`;
  return url === undefined || !paints.hasLinks ? shown : `\u001b]8;;${url}\u001b\\${shown}\u001b]8;;\u001b\\`;
}
