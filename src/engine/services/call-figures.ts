/** How long calls take, per method: everything since the daemon began is counted, percentiles are of the last 4,096. */
import type { MethodFigures } from "../../model/service.ts";

const window = 4096;

interface Counted {
  readonly service: string;
  readonly method: string;
  /** The last ones, as a ring. */
  readonly lastMs: number[];
  count: number;
  errors: number;
  totalMs: number;
  minMs: number;
  maxMs: number;
}

export interface CallFigures {
  note(service: string, method: string, ms: number, isError: boolean): void;
  /** By service and method. */
  all(): readonly MethodFigures[];
}

/** Begins with nothing counted. */
export function createCallFigures(): CallFigures {
  const counted = new Map<string, Counted>();
  return {
    note: (service, method, ms, isError) => {
      const key = `${service}.${method}`;
      const one = counted.get(key) ?? { service, method, lastMs: [], count: 0, errors: 0, totalMs: 0, minMs: Infinity, maxMs: 0 };
      counted.set(key, one);
      one.lastMs[one.count % window] = ms;
      one.count += 1;
      if (isError) one.errors += 1;
      one.totalMs += ms;
      one.minMs = Math.min(one.minMs, ms);
      one.maxMs = Math.max(one.maxMs, ms);
    },
    all: () => [...counted.keys()].sort().flatMap((key) => counted.get(key) ?? []).map(figuresOf),
  };
}

function figuresOf({ service, method, lastMs, count, errors, totalMs, minMs, maxMs }: Counted): MethodFigures {
  const sorted = [...lastMs].sort((one, other) => one - other);
  const p95Ms = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
  return { service, method, count, errors, avgMs: rounded(totalMs / count), minMs: rounded(minMs), maxMs: rounded(maxMs), p95Ms: rounded(p95Ms) };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
