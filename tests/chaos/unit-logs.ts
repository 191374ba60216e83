/** Logs of counting puppets and modules, rotated pieces included: within one life of a puppet the numbers follow each other, and no line is torn. */
import { existsSync } from "node:fs";
import { verifiedLog } from "../../src/commands/log-verify.ts";
import { openStoredLog } from "../../src/commands/stored-log.ts";
import { systemClock } from "../../src/host/clock.ts";

export interface UnitLogs {
  /** Reads what is new in a log; answers what is wrong with it. `mayBeTorn`: it was written to a full disk. */
  check(path: string, mayBeTorn: boolean): Promise<readonly string[]>;
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
    check: async (path, mayBeTorn) => {
      if (!existsSync(path)) return [];
      const reading = readings.get(path) ?? { offset: 0, rest: "", numbers: new Map<string, number>() };
      readings.set(path, reading);
      const lines = (reading.rest + (await newText(path, reading))).split("\n");
      // The last one is being written.
      reading.rest = lines.pop() ?? "";
      const wrong = lines.flatMap((line) => problemOf(line, reading.numbers, mayBeTorn) ?? []);
      const { problems } = await verifiedLog(path, path, systemClock, false);
      return [...wrong.map((problem) => `${path}: ${problem}`), ...problems];
    },
  };
}

/** Read as `logs` reads, across the pieces it was rotated into, of which none is dropped here. */
async function newText(path: string, reading: Reading): Promise<string> {
  const log = await openStoredLog(path);
  try {
    const bytes = await log.read(reading.offset, log.sizeBytes);
    reading.offset += bytes.length;
    return bytes.toString("latin1");
  } finally {
    await log.close();
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
