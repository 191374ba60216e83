/** `events.jsonl`: one event a line, appended, read back leniently. */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { faultPoint } from "../host/fault-point.ts";
import type { Event } from "../model/events.ts";
import type { EventLog } from "./run-repository.ts";

/** Opens a log for appending. A torn last line, left by a crash or a full disk in the middle of a write, is
 * closed off first. */
export function openEventLog(path: string): EventLog {
  const file = openSync(path, "a+", 0o600);
  let isTorn = endsTorn(file);
  return {
    append: (events) => {
      const lines = `${isTorn ? "\n" : ""}${events.map((event) => `${JSON.stringify(event)}\n`).join("")}`;
      isTorn = true;
      faultPoint("event-log.unwritten");
      faultPoint("event-log.torn", () => writeSync(file, lines.slice(0, lines.length / 2)));
      const written = writeSync(file, lines);
      faultPoint("event-log.written");
      if (written !== Buffer.byteLength(lines)) throw Object.assign(new Error(`only ${written} bytes of an event fit`), { code: "ENOSPC" });
      isTorn = false;
    },
    close: () => closeSync(file),
  };
}

/** What a log holds, and how many lines of it could not be read. */
export interface ReadLog {
  readonly events: readonly Event[];
  readonly damaged: number;
}

/** Reads a log. Lines that are not events are counted, not fatal; a repeated or older sequence number, and a group without its end, are dropped. */
export function readEventLog(path: string): ReadLog {
  if (!existsSync(path)) return { events: [], damaged: 0 };
  return parseEvents(readFileSync(path, "utf8"), 0);
}

/**
 * Events after `seq`, reading only the end of the file when that is enough. Undefined when the end does not reach back
 * to `seq`, or the log ends before it, so that the whole log must be read.
 */
export function readLogEnd(path: string, seq: number, bytes = 65_536): ReadLog | undefined {
  if (!existsSync(path)) return { events: [], damaged: 0 };
  const file = openSync(path, "r");
  try {
    const size = fstatSync(file).size;
    const length = Math.min(size, bytes);
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, size - length);
    const text = buffer.toString("utf8");
    const whole = length === size ? text : text.slice(text.indexOf("\n") + 1);
    const read = parseEvents(whole, 0);
    const first = read.events[0];
    const last = read.events.at(-1)?.seq ?? 0;
    const reaches = last >= seq && (length === size || (first !== undefined && first.seq <= seq + 1));
    return reaches ? { ...read, events: read.events.filter((event) => event.seq > seq) } : undefined;
  } finally {
    closeSync(file);
  }
}

function parseEvents(text: string, after: number): ReadLog {
  const events: Event[] = [];
  let damaged = 0;
  let last = after;
  // Of a group, until its last one is seen: a kill may have torn the write.
  let group: Event[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const event = eventOf(line);
    if (event === undefined) {
      damaged += 1;
      group = [];
    } else if (event.seq > last) {
      if (event.seq - 1 !== group.at(-1)?.seq) group = [];
      group.push(event);
      if (event.isContinued === true) continue;
      for (const one of group) events.push(one);
      last = event.seq;
      group = [];
    }
  }
  return { events, damaged };
}

/** The event a line holds; undefined for a damaged one. */
export function eventOf(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is Event {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "seq" in value && typeof value.seq === "number" && "at" in value && "runId" in value;
}

function endsTorn(file: number): boolean {
  const size = fstatSync(file).size;
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}
