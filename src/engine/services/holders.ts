/** Who holds what was made for it: a connection, or a process that may have many of them one after another, such as a shell. */
import type { Clock } from "../../host/clock.ts";
import type { ProcessHandle } from "../../model/unit.ts";

/** What is held is let go when it is gone. */
export type Holder = { readonly kind: "connection"; readonly id: string } | { readonly kind: "process"; readonly handle: ProcessHandle };

/** For a person. */
export function holderText(holder: Holder): string {
  return holder.kind === "connection" ? holder.id : `process ${holder.handle.pid}`;
}

export function isSameHolder(one: Holder, other: Holder): boolean {
  if (one.kind === "connection") return other.kind === "connection" && other.id === one.id;
  return other.kind === "process" && other.handle.pid === one.handle.pid && other.handle.startTime === one.handle.startTime;
}

const lookMs = 250;

/** Looks after processes that hold something, for as long as any does. */
export function watchHolders(parts: { readonly clock: Clock; readonly holders: () => readonly Holder[]; readonly isAlive: (handle: ProcessHandle) => boolean; readonly onGone: (holder: Holder) => void }): { look(): void; close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const processes = parts.holders().filter((holder) => holder.kind === "process");
    const gone = processes.filter(({ handle }) => !parts.isAlive(handle));
    gone.forEach(parts.onGone);
    if (processes.length > gone.length) timer = setTimeout(look, lookMs).unref();
  };
  return { look, close: () => clearTimeout(timer) };
}
