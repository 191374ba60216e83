/** Events of a run as its file tells them, past and coming. Whoever reads slowly reads later: nobody waits for it. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { Clock } from "../host/clock.ts";
import type { GraphEvent } from "./record.ts";
import { eventIn } from "./run-files.ts";

interface Following {
  readonly follows: boolean;
  /** Whether somebody still runs the graph. */
  readonly isLiving: () => boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const lookEveryMs = 50;

/** Ends with the run, or when nobody goes on with it. */
export async function* followRun(path: string, { follows, isLiving, clock, signal }: Following): AsyncGenerator<GraphEvent> {
  for (let offset = 0; !signal.aborted; ) {
    // Looked at first: what is written after that is read in the next round.
    const goesOn = follows && isLiving();
    const { lines, end } = wholeLines(path, offset);
    offset = end;
    for (const event of lines.flatMap(eventIn)) {
      yield event;
      if (event.type === "graph_ended") return;
    }
    if (!goesOn) return;
    if (lines.length === 0) await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  }
}

function wholeLines(path: string, from: number): { readonly lines: readonly string[]; readonly end: number } {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.max(0, statSync(path).size - from));
    const read = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
    const end = read.lastIndexOf(10) + 1;
    return { lines: read.subarray(0, end).toString("utf8").split("\n").filter((line) => line !== ""), end: from + end };
  } finally {
    closeSync(file);
  }
}
