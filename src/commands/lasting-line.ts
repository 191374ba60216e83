/** One connection to the daemon for many orders, made anew when the daemon is lost or leaves: the next one goes on with everything. */
import { UserError } from "../model/failure.ts";

/** How often an order is given again to the next daemon. */
const attempts = 5;

export interface LastingLine<C> {
  /** `attempt` counts from 1. Throws what `ask` throws, and what it means that there is no daemon. */
  ask<T>(ask: (connection: C, attempt: number) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** The connection of the last order, if there was one that can be had. */
  current(): Promise<C | undefined>;
}

/** Connects with the first order. */
export function lastingLine<C>(connect: () => Promise<C>): LastingLine<C> {
  let line: Promise<C> | undefined;
  return {
    current: async () => line?.catch(() => undefined),
    ask: async (ask, signal) => {
      for (let attempt = 1; ; attempt += 1) {
        const connection = (line ??= connect());
        try {
          return await ask(await connection, attempt);
        } catch (error) {
          const isLost = error instanceof UserError && error.failures[0]?.reason === "daemon_unreachable";
          if (!isLost || attempt === attempts || signal.aborted) throw error;
          if (line === connection) line = undefined;
        }
      }
    },
  };
}
