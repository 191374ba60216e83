/** What jobs write: followed while they run, read when they have ended. */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { constants } from "node:os";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { isEnded, type Job } from "../model/job.ts";

/** Where the two streams of a job go; each resolves when there is room for more. */
export interface OutputSink {
  output(chunk: Buffer): Promise<void>;
  errors(chunk: Buffer): Promise<void>;
}

/** The terminal, or whatever takes its place. */
export const terminalSink: OutputSink = {
  output: (chunk) => written(process.stdout, chunk),
  errors: (chunk) => written(process.stderr, chunk),
};

function written(stream: NodeJS.WriteStream, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => stream.write(chunk, () => resolve()));
}

/** Whole lines with a word in front, for many jobs at once. */
export function prefixedSink(prefix: string, sink: OutputSink): OutputSink & { /** Hands on lines without an end. */ flush(): Promise<void> } {
  const output = linesInto(prefix, sink.output);
  const errors = linesInto(prefix, sink.errors);
  return {
    output: output.take,
    errors: errors.take,
    flush: async () => {
      await output.flush();
      await errors.flush();
    },
  };
}

function linesInto(prefix: string, write: (chunk: Buffer) => Promise<void>): { take(chunk: Buffer): Promise<void>; flush(): Promise<void> } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const show = async (lines: readonly string[]): Promise<void> => (lines.length === 0 ? undefined : write(Buffer.from(lines.map((line) => `${prefix}${line}\n`).join(""))));
  return {
    take: async (chunk) => {
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() ?? "";
      await show(lines);
    },
    flush: async () => show(rest === "" ? [] : [rest]),
  };
}

/** Paths of what a launch writes. */
export type OutputPaths = (launch: number) => { readonly output: string; readonly errors: string };

const lookMs = 30;

/** Hands on what a job writes, from its first launch after `job` on; `finish` resolves when that was everything. */
export function followOutput(job: Job, paths: OutputPaths, sink: OutputSink): { finish(ended: Job): Promise<void> } {
  let launch = job.launches + (job.life.status === "queued" ? 1 : 0);
  let reader = readerOf(paths(launch));
  const over = new AbortController();
  const readOn = async (): Promise<void> => {
    await reader.readTo(sink);
    while (existsSync(paths(launch + 1).output)) {
      await reader.readTo(sink);
      reader.close();
      launch += 1;
      reader = readerOf(paths(launch));
      await reader.readTo(sink);
    }
  };
  const following = (async () => {
    while (!over.signal.aborted) {
      await readOn();
      await sleep(lookMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return {
    finish: async (ended) => {
      over.abort();
      await following;
      if (isEnded(ended) && launch === ended.launches) reader.moved(ended.life.output.path);
      await readOn();
      reader.close();
    },
  };
}

interface OutputReader {
  readTo(sink: OutputSink): Promise<void>;
  /** What is not open yet is there now. */
  moved(output: string): void;
  close(): void;
}

function readerOf(paths: ReturnType<OutputPaths>): OutputReader {
  const [output, errors] = [tailOf(paths.output), tailOf(paths.errors)];
  return {
    readTo: async (sink) => {
      await output.read(sink.output);
      await errors.read(sink.errors);
    },
    moved: output.moved,
    close: () => {
      output.close();
      errors.close();
    },
  };
}

const chunkBytes = 256 * 1024;

/** A file that grows, and may not be there yet; one that is open may be renamed. */
function tailOf(first: string): { read(take: (chunk: Buffer) => Promise<void>): Promise<void>; moved(path: string): void; close(): void } {
  let path = first;
  let file: number | undefined;
  return {
    read: async (take) => {
      if (file === undefined && !existsSync(path)) return;
      file ??= openSync(path, "r");
      for (;;) {
        const chunk = Buffer.allocUnsafe(chunkBytes);
        const length = readSync(file, chunk, 0, chunkBytes, null);
        if (length === 0) return;
        await take(chunk.subarray(0, length));
      }
    },
    moved: (to) => (path = to),
    close: () => {
      if (file !== undefined) closeSync(file);
    },
  };
}

/** Standard output whole, or the beginning of a large one; the end of standard error. */
export interface ReadOutput {
  readonly output: Buffer;
  readonly errors: Buffer;
}

const previewBytes = 1024;
const errorBytes = 64 * 1024;

/** Undefined for a job that has not ended, or whose result was taken. */
export async function readOutput(job: Job): Promise<ReadOutput | undefined> {
  if (!isEnded(job) || job.isTaken) return undefined;
  const { output, errors } = job.life;
  return {
    output: await part(output.path, 0, output.sha256 === undefined ? output.bytes : previewBytes),
    errors: await part(errors.path, Math.max(0, errors.bytes - errorBytes), errorBytes),
  };
}

async function part(path: string, from: number, length: number): Promise<Buffer> {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(length), position: from, length });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The exit code of the command itself, as a shell would say it; 1 where nobody saw it. */
export function exitCodeOf(job: Job): number {
  const exit = isEnded(job) ? job.life.exit : undefined;
  if (exit?.kind === "code") return exit.code;
  const number = exit?.kind === "signal" ? Object.entries(constants.signals).find(([name]) => name === exit.signal)?.[1] : undefined;
  return number === undefined ? 1 : 128 + number;
}
