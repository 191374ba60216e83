/** Logs of counting puppets: within one life of a puppet the numbers follow each other, and no line is torn. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";

export interface UnitLogs {
  /** Reads what is new in a log; answers what is wrong with it. `mayBeTorn`: it was written to a full disk. */
  check(path: string, mayBeTorn: boolean): readonly string[];
}

interface Reading {
  offset: number;
  rest: string;
  /** Name of a puppet → its last number. */
  readonly numbers: Map<string, number>;
}

const otherLines = /^(?:puppet \d+ (?:starts|listens on \d+)|SIGTERM|.*EADDRINUSE.*)$/;

/** Remembers how far each log was read. */
export function unitLogs(): UnitLogs {
  const readings = new Map<string, Reading>();
  return {
    check: (path, mayBeTorn) => {
      if (!existsSync(path)) return [];
      const reading = readings.get(path) ?? { offset: 0, rest: "", numbers: new Map<string, number>() };
      readings.set(path, reading);
      const lines = (reading.rest + newText(path, reading)).split("\n");
      // The last one is being written.
      reading.rest = lines.pop() ?? "";
      const wrong = lines.flatMap((line) => problemOf(line, reading.numbers, mayBeTorn) ?? []);
      return wrong.map((problem) => `${path}: ${problem}`);
    },
  };
}

function newText(path: string, reading: Reading): string {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(Math.max(0, fstatSync(file).size - reading.offset));
    const length = readSync(file, buffer, 0, buffer.length, reading.offset);
    reading.offset += length;
    return buffer.toString("latin1", 0, length);
  } finally {
    closeSync(file);
  }
}

function problemOf(line: string, numbers: Map<string, number>, mayBeTorn: boolean): string | undefined {
  const [, name, text] = /^count ([0-9a-f]{8}) (\d+)$/.exec(line) ?? [];
  if (name === undefined) return otherLines.test(line) || mayBeTorn ? undefined : `torn line ${JSON.stringify(line)}`;
  const last = numbers.get(name) ?? 0;
  const number = Number(text);
  numbers.set(name, number);
  return number === last + 1 || mayBeTorn ? undefined : `${name} wrote ${number} after ${last}`;
}
