/**
 * Watches that the daemon's loop goes round while units run in it. The watcher is a thread: when the loop stands still for
 * good, only something outside it can end the daemon, so that the next command starts another one.
 */
import { Worker } from "node:worker_threads";
import type { UnitId } from "../../model/unit.ts";
import type { LoopLimits } from "./loop-beat.ts";

/** What the thread is told at its start. */
export interface LoopWatchOrder {
  /** One 32-bit number, counted up by the loop. */
  readonly beat: SharedArrayBuffer;
  readonly limits: LoopLimits;
  /** Where it leaves word before it ends the daemon. */
  readonly notePath: string;
}

/** What the thread tells. */
export interface LoopLag {
  readonly lagMs: number;
}

export interface LoopWatch {
  /** Watches while these units live; nothing is watched for none. */
  over(unitIds: readonly UnitId[]): void;
}

export interface LoopWatchParts {
  /** The thread's program, see loop-watch-thread.ts. */
  readonly program: string;
  readonly notePath: string;
  readonly limits: LoopLimits;
  readonly onLag: (lagMs: number, unitIds: readonly UnitId[]) => void;
  readonly onTrouble: (error: Error) => void;
}

const beatMs = 100;

export function createLoopWatch(parts: LoopWatchParts): LoopWatch {
  let watching: { readonly worker: Worker; readonly timer: NodeJS.Timeout } | undefined;
  let watched: readonly UnitId[] = [];
  const end = (): void => {
    clearInterval(watching?.timer);
    void watching?.worker.terminate();
    watching = undefined;
  };
  return {
    over: (unitIds) => {
      watched = unitIds;
      if (unitIds.length === 0) return end();
      watching ??= started(parts, () => watched);
      watching.worker.postMessage(unitIds, []);
    },
  };
}

function started({ program, notePath, limits, onLag, onTrouble }: LoopWatchParts, watched: () => readonly UnitId[]): { readonly worker: Worker; readonly timer: NodeJS.Timeout } {
  const beat = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counter = new Int32Array(beat);
  const workerData: LoopWatchOrder = { beat, limits, notePath };
  const worker = new Worker(program, { workerData, env: {}, execArgv: [], name: "loop watch" });
  worker.on("message", ({ lagMs }: LoopLag) => onLag(lagMs, watched()));
  worker.on("error", onTrouble);
  worker.unref();
  return { worker, timer: setInterval(() => Atomics.add(counter, 0, 1), beatMs).unref() };
}
