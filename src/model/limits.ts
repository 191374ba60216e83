/** When a unit is over a limit: not for a spike, and told once until it is well below again. Pure. */
import type { UnitFigures } from "./figures.ts";
import { limitNames, type LimitName, type Limits } from "./supervision.ts";

/** What was measured; absent where it is not known. */
export type Measured = Readonly<Partial<Record<LimitName, number>>>;

/** The part of a unit's figures there can be limits for. */
export function measuredIn({ memory_bytes: memory, cpu, fds, connections }: UnitFigures): Measured {
  return { memory, ...(cpu === null ? {} : { cpu }), ...(fds === null ? {} : { fds }), ...(connections === undefined ? {} : { connections }) };
}

/** How one limit stands. */
interface Standing {
  /** Samples in a row above it, and since when. */
  readonly samplesOver: number;
  readonly overSinceMs: number;
  /** It was told, and the unit was not well below since. */
  readonly isTold: boolean;
}

export type Standings = Readonly<Partial<Record<LimitName, Standing>>>;

export interface Excess {
  readonly limit: LimitName;
  readonly measured: number;
  readonly allowed: number;
}

/** What is above its limit in one sample. */
export function excessesIn(limits: Limits, measured: Measured): readonly Excess[] {
  return limitNames.flatMap((limit) => {
    const [allowed, value] = [allowedBy(limits, limit), measured[limit]];
    return allowed !== undefined && value !== undefined && value > allowed ? [{ limit, measured: value, allowed }] : [];
  });
}

/** How long it must be over before it counts. The processor is used in bursts by honest programs too, memory is given back after some. */
const patience: Readonly<Record<LimitName, { readonly samples: number; readonly ms: number }>> = {
  memory: { samples: 2, ms: 0 },
  cpu: { samples: 2, ms: 3000 },
  fds: { samples: 2, ms: 0 },
  connections: { samples: 2, ms: 0 },
};

/** At this part of the limit it counts as below again; between here and the limit nothing changes. */
const relief = 0.9;

const inside: Standing = { samplesOver: 0, overSinceMs: 0, isTold: false };

/** Takes one sample into account. `excesses` are the limits that are passed from now on. `nowMs` is monotonic. */
export function judgeLimits(before: Standings, limits: Limits, measured: Measured, nowMs: number): { readonly standings: Standings; readonly excesses: readonly Excess[] } {
  const standings: Partial<Record<LimitName, Standing>> = {};
  const excesses: Excess[] = [];
  for (const limit of limitNames) {
    const [allowed, value, standing = inside] = [allowedBy(limits, limit), measured[limit], before[limit]];
    if (allowed === undefined) continue;
    standings[limit] = value === undefined ? standing : standingAfter(standing, limit, value, allowed, nowMs);
    if (value !== undefined && standings[limit].isTold && !standing.isTold) excesses.push({ limit, measured: value, allowed });
  }
  return { standings, excesses };
}

function standingAfter(standing: Standing, limit: LimitName, value: number, allowed: number, nowMs: number): Standing {
  if (value <= allowed) return { ...inside, isTold: standing.isTold && value > allowed * relief };
  const overSinceMs = standing.samplesOver === 0 ? nowMs : standing.overSinceMs;
  const samplesOver = standing.samplesOver + 1;
  const isEnough = samplesOver >= patience[limit].samples && nowMs - overSinceMs >= patience[limit].ms;
  return { samplesOver, overSinceMs, isTold: standing.isTold || isEnough };
}

function allowedBy(limits: Limits, limit: LimitName): number | undefined {
  switch (limit) {
    case "memory":
      return limits.memoryBytes;
    case "cpu":
      return limits.cpuShare;
    case "fds":
    case "connections":
      return limits[limit];
  }
}

const mebibyte = 1024 * 1024;
const words: Readonly<Record<LimitName, string>> = { memory: "memory", cpu: "CPU", fds: "file descriptors", connections: "connections" };

/** `612.3 MiB memory of 512.0 MiB`, `160% CPU of 75%`, `300 file descriptors of 256`. */
export function excessText({ limit, measured, allowed }: Excess): string {
  const shown = (value: number): string => (limit === "memory" ? `${(value / mebibyte).toFixed(1)} MiB` : limit === "cpu" ? `${Math.round(value * 100)}%` : String(value));
  return `${shown(measured)} ${words[limit]} of ${shown(allowed)}`;
}
