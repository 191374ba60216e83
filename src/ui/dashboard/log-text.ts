/** A line of a program's output as spans: its colours kept, everything else that steers a terminal dropped. Pure. */
import { headOf, printable, textWidth, type Line, type Span } from "./span.ts";

// CSI … final byte; OSC … BEL or ST; and the short escapes.
const sequence = /\u001b\[([0-9:;<=>?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?/g;
const tabWidth = 8;
/** No terminal shows more of a line, and some programs write megabytes without a line break. */
const longest = 20_000;

/** What stands behind the last carriage return, as a terminal would leave it. */
function lastWritten(text: string): string {
  const whole = text.slice(0, longest).replace(/\r+$/, "");
  return whole.slice(whole.lastIndexOf("\r") + 1);
}

/** Colours carry on inside the line and end with it. */
export function coloredLine(text: string): Line {
  const written = lastWritten(text);
  if (!written.includes("\u001b")) return [plainSpan(written, "", 0)];
  const spans: Span[] = [];
  let [sgr, at, column] = ["", 0, 0];
  const push = (piece: string): void => {
    if (piece === "") return;
    const one = plainSpan(piece, legible(sgr), column);
    column += textWidth(one.text);
    spans.push(one);
  };
  for (const found of written.matchAll(sequence)) {
    push(written.slice(at, found.index));
    at = found.index + found[0].length;
    if (found[2] === "m") sgr = nextSgr(sgr, found[1] ?? "");
  }
  push(written.slice(at));
  return spans;
}

/** A reset forgets what was before it. */
function nextSgr(before: string, added: string): string {
  const codes = [...(before === "" ? [] : before.split(";")), ...(added === "" ? ["0"] : added.split(";"))];
  const reset = codes.findLastIndex((code, index) => Number(code) === 0 && !isColorPart(codes, index));
  return codes.slice(reset + 1).join(";");
}

/** White and black are what the terminal's own background may be: without one of its own such text gets the terminal's own colour. */
function legible(sgr: string): string {
  const codes = sgr.split(";");
  const isOnItsOwn = codes.every((code) => !/^(?:7|4[0-8]|10[0-7])$/.test(code));
  return isOnItsOwn ? codes.filter((code, index) => !/^(?:30|37|97)$/.test(code) || isColorPart(codes, index)).join(";") : sgr;
}

/** `38;5;0` and `38;2;0;0;0` hold zeros that reset nothing. */
function isColorPart(codes: readonly string[], at: number): boolean {
  for (let back = 1; back <= 4; back += 1) {
    const kind = codes[at - back];
    if ((kind === "5" && back === 1) || (kind === "2" && back <= 3)) return codes[at - back - 1] === "38" || codes[at - back - 1] === "48";
  }
  return false;
}

function plainSpan(text: string, sgr: string, column: number): Span {
  const shown = printable(withoutTabs(text, column));
  return sgr === "" ? { text: shown } : { text: shown, sgr };
}

function withoutTabs(text: string, column: number): string {
  if (!text.includes("\t")) return text;
  let out = "";
  for (const piece of text.split(/(\t)/)) out += piece === "\t" ? " ".repeat(tabWidth - ((column + textWidth(out)) % tabWidth)) : piece;
  return out;
}

/** Cut into lines of at most so many cells. */
export function wrapped(line: Line, width: number): readonly Line[] {
  const rows: Span[][] = [[]];
  let room = Math.max(2, width);
  for (const one of line) {
    let rest = one.text;
    while (rest !== "") {
      const head = headOf(rest, room);
      if (head === "") {
        rows.push([]);
        room = Math.max(2, width);
        continue;
      }
      rows.at(-1)?.push({ ...one, text: head });
      room -= textWidth(head);
      rest = rest.slice(head.length);
    }
  }
  return rows;
}
