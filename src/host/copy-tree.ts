/** Copies a directory tree with the system's `cp`: several times faster than Node for a thousand small files. */
import type { Account } from "./machine.ts";
import { runProgram } from "./run-program.ts";

export interface TreeCopy {
  readonly from: string;
  /** An existing, empty directory. */
  readonly to: string;
  readonly platform: NodeJS.Platform;
  /** Copy as this user, who then owns the copy. */
  readonly account: Account | undefined;
  readonly signal: AbortSignal;
}

const timeoutMs = 120_000;

/** Shares blocks where the file system can (reflink, clonefile). Returns the trouble in words, or undefined. */
export async function copyTree({ from, to, platform, account, signal }: TreeCopy): Promise<string | undefined> {
  // macOS refuses `-c` across volumes, so the plain copy is tried after it.
  const attempts: readonly (readonly string[])[] = platform === "darwin" ? [["-a", "-c"], ["-a"]] : [["-a", "--reflink=auto"], ["-a"]];
  let trouble: string | undefined;
  for (const options of attempts) {
    const result = await runProgram(["cp", ...options, `${from}/.`, to], {
      timeoutMs,
      signal,
      directory: to,
      environment: { PATH: "/bin:/usr/bin" },
      ...(account === undefined ? {} : { account }),
    });
    if (result.code === 0) return undefined;
    trouble = result.trouble ?? result.stderr.split("\n").at(-1);
    if (signal.aborted) break;
  }
  return trouble ?? "cp failed";
}
