/** Hands on to a job, while it runs, what is read here; its standard input is a named pipe that others may take over. */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const lookMs = 10;

/** `path` is the pipe of a launch; beside it lies the one whose opening tells that nothing more comes. */
export function feedLines(path: string, source: NodeJS.ReadableStream): { stop(): void } {
  const over = new AbortController();
  void feed(path, source, over.signal).catch(() => undefined);
  return { stop: () => over.abort() };
}

/** Ends when what is read has ended, the job does not read any more, or it is stopped. */
async function feed(path: string, source: NodeJS.ReadableStream, over: AbortSignal): Promise<void> {
  const pipe = await opened(path, over);
  if (pipe === undefined) return;
  try {
    for await (const chunk of source) await write(pipe, Buffer.from(chunk), over);
  } finally {
    closeSync(pipe);
  }
  const end = await opened(`${path}.end`, over);
  if (end !== undefined) closeSync(end);
}

/** Without waiting inside the system: a pipe nobody reads would hold this program up at its end. */
async function opened(path: string, over: AbortSignal): Promise<number | undefined> {
  while (!over.aborted) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      // Not there yet, or nobody reads it yet.
      if (!["ENOENT", "ENXIO"].includes(codeOf(error))) throw error;
    }
    await sleep(lookMs);
  }
  return undefined;
}

async function write(pipe: number, chunk: Buffer, over: AbortSignal): Promise<void> {
  for (let at = 0; at < chunk.length && !over.aborted;) {
    try {
      at += writeSync(pipe, chunk, at);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await sleep(lookMs);
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
