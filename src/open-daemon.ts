/** Becomes the daemon of a repository: takes the lock, reads the state, listens. Used by the background process and by --foreground. */
import { realpathSync } from "node:fs";
import { composeEngine, type ScopeChoice } from "./compose-engine.ts";
import { makeDirectory } from "./host/files.ts";
import type { Host } from "./host/host.ts";
import { isLock, tryLock } from "./host/lock.ts";
import { scopeIdOf, scopePaths } from "./host/paths.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "./host/process-table.ts";
import { runDaemon, type Daemon } from "./daemon/run-daemon.ts";
import { assertOwnDirectory } from "./daemon/own-socket.ts";
import { noteSocketPath, socketPathOf } from "./daemon/socket-path.ts";

/** Undefined when another daemon has the lock. `idleMs` may be Infinity. */
export async function openDaemon(directory: string, host: Host, version: string, idleMs: number, choice?: ScopeChoice): Promise<Daemon | undefined> {
  const repository = realpathSync(directory);
  const scope = scopePaths(host.paths.stateRoot, choice?.scopeId ?? scopeIdOf(repository));
  const table = processTableOf(host.machine);
  makeDirectory(scope.root, host.machine.isRoot);
  assertOwnDirectory(scope.root);
  const me = handleOfProcess(table, host.machine, process.pid);
  if (me === undefined) throw new Error("this process is not in the process table");
  // The lock comes before the state is read: whoever reads it writes it.
  const lock = tryLock(scope.daemonLock, me, (owner) => judgeHandle(table, host.machine, owner) !== "dead");
  if (!isLock(lock)) return undefined;
  const lockedAt = host.clock.monotonic();
  const { engine, openDesk, problems } = composeEngine(repository, host, version, choice);
  const socketPath = socketPathOf(scope.root, host.environment);
  const daemon = await runDaemon({ engine, desk: openDesk(), socketPath, idleMs, problems, lockedAt });
  noteSocketPath(scope.root, socketPath);
  return { ...daemon, ended: daemon.ended.finally(() => lock.release()) };
}
