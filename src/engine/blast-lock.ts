/** While a blast works on a scope no daemon may start in it: it holds the daemon's lock, and so is the only writer. */
import { handleOfProcess } from "../host/process-table.ts";
import { isLock, tryLock } from "../host/lock.ts";
import type { Handle } from "../model/unit.ts";
import type { BlastPlace, BlastScope, KeptScope } from "./blast-scopes.ts";

/** Undefined where a daemon lives, or nothing can be written: then nothing is recorded, and all else goes on. */
export function keepScope({ host, table }: BlastPlace, judge: (handle: Handle) => "alive" | "dead" | "unknown", scope: BlastScope): KeptScope | undefined {
  const me = handleOfProcess(table, host.machine, process.pid);
  if (me === undefined || scope.state === undefined) return undefined;
  try {
    const lock = tryLock(scope.paths.daemonLock, me, (owner) => judge(owner) !== "dead");
    return isLock(lock) ? { scopeId: scope.id, release: () => lock.release() } : undefined;
  } catch {
    return undefined;
  }
}
