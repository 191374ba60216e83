/**
 * Reads a container's log from where it was read last, over broken connections: every entry once and in order.
 *
 * Engines can be asked for what was written since a time, that time included. Entries may share one, so a position is the
 * time of the last entry and how many with that time were read; they are passed over.
 */
import { systemClock } from "./clock.ts";
import type { LogEntry, LogPosition } from "./container-engine.ts";
import type { Connection } from "./docker-connect.ts";
import { framesOf, type Frame } from "./docker-frames.ts";
import { engineTrouble, isConnectionTrouble, statusOf } from "./docker-trouble.ts";

export interface LogReading {
  readonly container: string;
  readonly from: LogPosition | undefined;
  readonly write: (entry: LogEntry) => void;
  readonly signal: AbortSignal;
}

const [firstDelayMs, longestDelayMs] = [100, 5000];

/** See `ContainerOperations.followLog`. */
export async function followLog(connection: Connection, { container, from, write, signal }: LogReading): Promise<void> {
  let position = from;
  let delayMs = firstDelayMs;
  const keep = (entry: LogEntry): void => {
    position = entry.position;
    delayMs = firstDelayMs;
    write(entry);
  };
  for (;;) {
    try {
      await read(connection, { container, from: position, write: keep, signal }, true);
      if (!(await isRunning(connection, container))) return await read(connection, { container, from: position, write: keep, signal }, false);
    } catch (error) {
      signal.throwIfAborted();
      // Gone, or just being removed.
      if (statusOf(error) === 404 || statusOf(error) === 409) return;
      if (!isConnectionTrouble(error)) throw engineTrouble(error, `the log of container ${container} could not be read`);
    }
    await systemClock.sleep(delayMs, signal);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
    // What does not come back now may do so at the next try.
    await connection.renew().catch(() => undefined);
  }
}

async function isRunning({ quick }: Connection, container: string): Promise<boolean> {
  return (await quick.getContainer(container).inspect()).State.Running;
}

/** Ends with the container, with the connection (by an error) or, unless it follows, with what there is. */
async function read({ patient }: Connection, { container, from, write, signal }: LogReading, follow: boolean): Promise<void> {
  const options = { stdout: true, stderr: true, timestamps: true, since: from === undefined ? 0 : sinceText(from.time), abortSignal: signal };
  const log = patient.getContainer(container);
  const chunks = follow ? bytesOf(await log.logs({ ...options, follow: true })) : once(await log.logs({ ...options, follow: false }));
  const counter = positionCounter(from);
  for await (const frame of framesOf(chunks)) {
    signal.throwIfAborted();
    const entry = counter(frame);
    if (entry !== undefined) write(entry);
  }
}

/** The library's types say only that it can be read. */
function bytesOf(stream: NodeJS.ReadableStream): AsyncIterable<Buffer | string> {
  return stream;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

/** Gives frames their positions and leaves out those that were read before. */
export function positionCounter(from: LogPosition | undefined): (frame: Frame) => LogEntry | undefined {
  let time = "";
  let entries = 0;
  return ({ stream, bytes }) => {
    const space = bytes.indexOf(0x20);
    const written = bytes.toString("latin1", 0, space);
    entries = written === time ? entries + 1 : 1;
    time = written;
    if (from?.time === time && entries <= from.entries) return undefined;
    return { stream, bytes: bytes.subarray(space + 1), position: { time, entries } };
  };
}

/** Seconds and nanoseconds since 1970, as engines want it. */
export function sinceText(time: string): string {
  const nanoseconds = /\.(\d+)/.exec(time)?.[1] ?? "";
  return `${Math.floor(Date.parse(time) / 1000)}.${nanoseconds.padEnd(9, "0").slice(0, 9)}`;
}
