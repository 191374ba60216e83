/** Gives the disk blocks at the beginning of a file back while others append to it. fallocate(1) of util-linux, Linux only. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { faultPoint } from "./fault-point.ts";
import { errorText } from "./files.ts";
import type { runProgram } from "./run-program.ts";

/** Why it was not done. */
export interface PunchTrouble {
  readonly why: string;
  /** It will not be possible later either. */
  readonly isLasting: boolean;
}

/** Undefined when it is done. */
export type PunchResult = PunchTrouble | undefined;

export interface HolePuncher {
  /** Why it is not possible for files of a directory; tried on a file of its own, once unless the trouble may pass. */
  trouble(directory: string): Promise<PunchResult>;
  /** Makes the first bytes of a file a hole; its size and every offset stay. */
  punch(path: string, bytes: number): Promise<PunchResult>;
}

const timeoutMs = 30_000;
const trialBytes = 8192;

/** The file system cannot, or this fallocate cannot: words of Linux, util-linux and busybox. A full disk and the like pass. */
const lasting = /not supported|unsupported|not implemented|(?:unrecognized|invalid|unknown) option/i;

/** `fallocate` is the program's path, if there is one. */
export function createHolePuncher(fallocate: string | undefined, run: typeof runProgram): HolePuncher {
  const environment = { ...process.env, LC_ALL: "C" };
  const trials = new Map<string, Promise<PunchResult>>();
  const punch = async (path: string, bytes: number): Promise<PunchResult> => {
    if (fallocate === undefined) return { why: "the program fallocate is not on PATH", isLasting: true };
    faultPoint("log-hole.unmade");
    const result = await run([fallocate, "--punch-hole", "--keep-size", "--offset", "0", "--length", String(bytes), path], { timeoutMs, environment });
    faultPoint("log-hole.made");
    if (result.code === 0) return undefined;
    return { why: result.stderr || (result.trouble ?? `fallocate ended with ${result.code}`), isLasting: lasting.test(result.stderr) };
  };
  const attempt = async (path: string): Promise<PunchResult> => {
    try {
      await writeFile(path, Buffer.alloc(trialBytes), { mode: 0o600 });
      return await punch(path, trialBytes);
    } catch (error) {
      return { why: errorText(error), isLasting: false };
    } finally {
      await rm(path, { force: true });
    }
  };
  return {
    punch,
    trouble: async (directory) => {
      const trial = trials.get(directory) ?? attempt(join(directory, ".hole.tmp"));
      trials.set(directory, trial);
      const found = await trial;
      if (found?.isLasting === false) trials.delete(directory);
      return found;
    },
  };
}
