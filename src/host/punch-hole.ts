/** Gives the disk blocks at the beginning of a file back while others append to it. fallocate(1) of util-linux, Linux only. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "./files.ts";
import type { runProgram } from "./run-program.ts";

/** Undefined when it is done, else why it is not. */
export type PunchResult = string | undefined;

export interface HolePuncher {
  /** Why it is not possible for files of a directory; tried once, on a file of its own. */
  trouble(directory: string): Promise<PunchResult>;
  /** Makes the first bytes of a file a hole; its size and every offset stay. */
  punch(path: string, bytes: number): Promise<PunchResult>;
}

const timeoutMs = 30_000;
const trialBytes = 8192;

/** `fallocate` is the program's path, if there is one. */
export function createHolePuncher(fallocate: string | undefined, run: typeof runProgram): HolePuncher {
  const trials = new Map<string, Promise<PunchResult>>();
  const punch = async (path: string, bytes: number): Promise<PunchResult> => {
    if (fallocate === undefined) return "the program fallocate is not on PATH";
    const result = await run([fallocate, "--punch-hole", "--keep-size", "--offset", "0", "--length", String(bytes), path], { timeoutMs });
    return result.code === 0 ? undefined : result.stderr || (result.trouble ?? `fallocate ended with ${result.code}`);
  };
  const attempt = async (path: string): Promise<PunchResult> => {
    try {
      await writeFile(path, Buffer.alloc(trialBytes), { mode: 0o600 });
      return await punch(path, trialBytes);
    } catch (error) {
      return errorText(error);
    } finally {
      await rm(path, { force: true });
    }
  };
  return {
    punch,
    trouble: (directory) => {
      const trial = trials.get(directory) ?? attempt(join(directory, ".hole.tmp"));
      trials.set(directory, trial);
      return trial;
    },
  };
}
