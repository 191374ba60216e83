/** The right to change something alone, among all processes of this user. A dead holder's claim is free. */
import { join } from "node:path";
import { isLock, tryLock } from "../host/lock.ts";
import { hashOf } from "../model/hash.ts";
import type { Engine } from "./engine.ts";

const lookAgainMs = 50;

/** Waits until nobody else has the claim, then works under it. Throws the reason of an abort. */
export async function underClaim<T>(engine: Pick<Engine, "host" | "me" | "judge">, what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const path = join(engine.host.paths.stateRoot, "claims", hashOf(what));
  for (;;) {
    signal.throwIfAborted();
    const lock = tryLock(path, engine.me, (owner) => engine.judge(owner) !== "dead");
    if (isLock(lock)) return work().finally(() => lock.release());
    await engine.host.clock.sleep(lookAgainMs, signal);
  }
}
