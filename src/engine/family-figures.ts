/** What a family of processes uses, from one sample to the next. */
import type { ProcessRow } from "../host/process-row.ts";
import { nextCpuSample, type CpuSample, type UnitFigures } from "../model/figures.ts";
import type { ProcessHandle } from "../model/unit.ts";
import type { EngineParts } from "./engine.ts";

/** Established connections of all these processes. */
export type ConnectionCount = (pids: readonly number[]) => number;

export interface FamilySample {
  readonly figures: UnitFigures;
  /** What the next sample goes on from. */
  readonly cpu: CpuSample;
  readonly bornAtMs: number;
}

export interface Family {
  /** Its first process. */
  readonly handle: ProcessHandle;
  readonly processes: readonly ProcessRow[];
  /** Only where somebody wants to know: it is dear. */
  readonly connectionsOf?: ConnectionCount;
}

/** `before` is the last sample of the same handle. */
export function sampleFamily({ host, table }: Pick<EngineParts, "host" | "table">, { handle, processes, connectionsOf }: Family, before: Pick<FamilySample, "cpu" | "bornAtMs"> | undefined): FamilySample {
  const nowMs = host.clock.monotonic();
  const cpu = nextCpuSample(before?.cpu, new Map(processes.map((row) => [`${row.pid}/${row.startTime}`, row.cpuMs])), nowMs);
  const bornAtMs = before?.bornAtMs ?? nowMs - table.ageMs(handle.startTime);
  const counts = processes.flatMap((row) => table.descriptors(row.pid) ?? []);
  const figures: UnitFigures = {
    pid: handle.pid,
    cpu: cpu.share === undefined ? null : Number(cpu.share.toFixed(3)),
    memory_bytes: sum(processes.map((row) => row.residentBytes)),
    fds: counts.length === 0 ? null : sum(counts),
    ...(connectionsOf === undefined ? {} : { connections: connectionsOf(processes.map((row) => row.pid)) }),
    processes: processes.length,
    uptime_ms: Math.max(0, Math.round(nowMs - bornAtMs)),
  };
  return { figures, cpu, bornAtMs };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
