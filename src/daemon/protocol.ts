/** Newline-delimited JSON over a unix socket. */
import type { AgentOrder } from "../model/agent.ts";
import type { DataOrder } from "../model/data.ts";
import type { Event } from "../model/events.ts";
import type { Failure, ExitCode } from "../model/failure.ts";
import type { Intent } from "../model/intent.ts";
import type { JobOrder } from "../model/job.ts";
import type { ServiceOrder, ServicePush } from "../model/service.ts";
import { fitsWildcard } from "../model/wildcard.ts";

/** Raised when a message changes its meaning; both sides must agree. */
export const protocolVersion = 1;

/** A line longer than this ends the connection: no message of ours comes near it. */
export const maximumLineBytes = 32 * 1024 * 1024;

export type Request =
  | { readonly id: number; readonly method: "hello"; readonly version: string; readonly protocol: number }
  | { readonly id: number; readonly method: "preview" | "submit"; readonly intent: Intent }
  | { readonly id: number; readonly method: "data"; readonly order: DataOrder }
  | { readonly id: number; readonly method: "jobs"; readonly order: JobOrder }
  | { readonly id: number; readonly method: "services"; readonly order: ServiceOrder }
  | { readonly id: number; readonly method: "agents"; readonly order: AgentOrder }
  | { readonly id: number; readonly method: "state" }
  | { readonly id: number; readonly method: "events"; readonly fromSeq: number; readonly filter?: EventFilter }
  /** What services tell, from now on. */
  | { readonly id: number; readonly method: "pushes"; readonly filter: { readonly service?: string; readonly topic?: string } }
  /** Aborts the request `target` of the same connection. */
  | { readonly id: number; readonly method: "cancel"; readonly target: number }
  /** Ends the daemon; units go on running, unless `withServices` stops them first. */
  | { readonly id: number; readonly method: "shutdown"; readonly because: string; readonly withServices?: boolean };

/** Which events are sent; all unless it says less. */
export interface EventFilter {
  readonly types?: readonly string[];
  /** Ids of units, `*` for any text; then only events of units. */
  readonly units?: readonly string[];
}

export type Reply =
  | { readonly id: number; readonly event: Event }
  | { readonly id: number; readonly push: ServicePush }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WireError };

export interface WireError {
  readonly failures: readonly Failure[];
  readonly exit: ExitCode;
  /** Stack of a bug. */
  readonly stack?: string;
}

export interface Hello {
  readonly version: string;
  readonly protocol: number;
  readonly pid: number;
  readonly startedAt: string;
  readonly units: number;
  readonly isBusy: boolean;
  /** It finishes what is under way and takes nothing more. */
  readonly isLeaving: boolean;
}

/** Whether a listener with this filter is told of an event. */
export function eventFits(event: Event, { types, units }: EventFilter = {}): boolean {
  if (types !== undefined && !types.includes(event.type)) return false;
  return units === undefined || ("unitId" in event && units.some((pattern) => fitsWildcard(pattern, String(event.unitId))));
}

/** Cuts a stream into lines and parses each. Throws on a line that is too long or not JSON. */
export function lineReader(take: (message: unknown) => void): (chunk: string) => void {
  // In pieces: looking through what came before at every chunk would take the square of the time.
  let pieces: string[] = [];
  let length = 0;
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      const line = pieces.join("") + chunk.slice(from, end);
      pieces = [];
      length = 0;
      from = end + 1;
      if (line.length > maximumLineBytes) throw new Error("message too long");
      if (line !== "") take(JSON.parse(line));
    }
    if (from === chunk.length) return;
    pieces.push(from === 0 ? chunk : chunk.slice(from));
    length += chunk.length - from;
    if (length > maximumLineBytes) throw new Error("message too long");
  };
}

/** -1, 0 or 1; understands `1.2.3` and ignores anything behind a dash or plus. */
export function compareVersions(one: string, other: string): number {
  const parts = (version: string): readonly number[] => (version.split(/[-+]/)[0] ?? "").split(".").map((part) => Number(part) || 0);
  const [left, right] = [parts(one), parts(other)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
