/**
 * Starts units so that they outlive everyone: own session, stdin from /dev/null, output appended straight to a file, in
 * the foreground of a small `sh` that leaves the exit status in a file.
 */
import { spawn } from "node:child_process";
import { closeSync, chownSync, openSync, writeFileSync } from "node:fs";
import type { Account } from "./machine.ts";
import { frontShell, withShellNames, type LaunchRequest } from "./front-shell.ts";
import { createLaunchShell, type LaunchShell } from "./launch-shell.ts";

export interface Launcher {
  /** The pid of the `sh` that leads the unit's session. Rejects when nothing could be spawned. */
  launch(request: LaunchRequest): Promise<number>;
  /** Lets ended units that this process is the parent of disappear from the process table. */
  reap(): void;
  close(): void;
}

/**
 * On Linux most units start through one small helper shell: forking it is several times faster than forking Node, which
 * shows when fifty start at once. Other accounts, and systems without setsid(1), go through Node.
 */
export function createLauncher(hasSetsid: boolean): Launcher {
  let shell: LaunchShell | undefined;
  return {
    launch: async (request) => {
      const shellSafe = withShellNames(request);
      if (request.account !== undefined || !hasSetsid) return launchFromNode(shellSafe);
      if (shell === undefined || !shell.isUsable()) shell = createLaunchShell();
      return shell.launch(shellSafe);
    },
    reap: () => shell?.reap(),
    close: () => shell?.close(),
  };
}

/** Another user may not make files in our directory, only fill this one. */
function makeStatusFile(path: string, account: Account): void {
  writeFileSync(path, "", { mode: 0o600 });
  chownSync(path, account.uid, account.gid);
}

function launchFromNode(request: LaunchRequest): Promise<number> {
  const { account } = request;
  if (account !== undefined) makeStatusFile(request.statusPath, account);
  const log = openSync(request.logPath, "a", 0o600);
  return new Promise<number>((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", frontShell, "envctl", request.statusPath, ...request.command], {
      cwd: request.directory,
      env: request.environment,
      detached: true,
      stdio: ["ignore", log, log],
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    });
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
    child.unref();
  }).finally(() => closeSync(log));
}
