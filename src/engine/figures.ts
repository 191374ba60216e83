/**
 * Samples what running units use: one reading of the process table for all of them. Figures are published for look-ups,
 * the processes seen are remembered for the day they are to be ended, and limits are watched over.
 */
import { rmSync } from "node:fs";
import { isoTime } from "../host/clock.ts";
import { writeAtomic } from "../host/files.ts";
import { handleOfProcess } from "../host/process-table.ts";
import type { ProcessRow } from "../host/process-row.ts";
import { establishedConnections } from "../host/sockets.ts";
import type { CpuSample, Figures, UnitFigures } from "../model/figures.ts";
import { handleOf, isServing, isUp } from "../model/lifecycle.ts";
import { judgeLimits, measuredIn, type Excess, type Standings } from "../model/limits.ts";
import type { UnitState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { sampleFamily, type ConnectionCount } from "./family-figures.ts";
import { actOnLimit } from "./over-limit.ts";
import { familyReader, type FamilyReader } from "./family-reader.ts";
import type { TrackedProcess } from "./supervise.ts";
import { usageFile } from "./usage-file.ts";

export interface Sampler {
  /** Samples now. */
  sample(): void;
  close(): void;
}

const periodMs = 5000;
/** While a unit has limits, or its processor share is not known yet. */
const closePeriodMs = 2000;
/** After a unit has started: its processes are noted, and those of others that start with it. */
const soonMs = 200;
/** Sampling may take so much of a core; on a machine with very many processes samples are rarer, up to a point. */
const budget = 0.01;
const longestPeriodMs = 15_000;

/** What is kept about a unit between samples. */
interface Watched {
  readonly tracked: TrackedProcess;
  readonly cpu: CpuSample;
  readonly bornAtMs: number;
  readonly standings: Standings;
}

interface Running {
  readonly tracked: TrackedProcess;
  readonly unit: UnitState;
}

/** Begins at once. Nothing is read while nothing runs. */
export function startSampling(engine: Engine): Sampler {
  const { clock } = engine.host;
  const usage = usageFile(engine);
  const families = familyReader(engine.readings);
  let watched: ReadonlyMap<UnitId, Watched> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  const schedule = (ms: number): void => {
    clearTimeout(timer);
    dueAt = clock.monotonic() + ms;
    timer = setTimeout(sample, ms);
  };
  const sample = (): void => {
    const begun = process.cpuUsage();
    dueAt = Number.POSITIVE_INFINITY;
    const running = runningUnits(engine);
    const taken = takeSample(engine, running, watched, families);
    watched = new Map(taken.map((one) => [one.unit.spec.id, one.watched]));
    const figures = Object.fromEntries(taken.map((one) => [one.unit.spec.id, one.figures]));
    usage.note(figures);
    const { user, system } = process.cpuUsage(begun);
    const isClose = taken.some((one) => one.unit.spec.limits !== undefined || one.watched.cpu.share === undefined);
    const nextMs = Math.min(longestPeriodMs, Math.max(isClose ? closePeriodMs : periodMs, (user + system) / 1000 / budget));
    publish(engine, figures, nextMs);
    for (const { unit, tracked, excesses } of taken) for (const excess of excesses) actOnLimit(engine, unit, tracked, excess);
    if (taken.length > 0) schedule(nextMs);
  };
  const unsubscribe = engine.store.subscribe((event) => {
    if ((event.type === "unit_started" || event.type === "unit_ready") && dueAt > clock.monotonic() + soonMs) schedule(soonMs);
  });
  sample();
  return {
    sample,
    close: () => {
      unsubscribe();
      clearTimeout(timer);
      usage.flush();
      families.close();
      withdraw(engine);
    },
  };
}

/** Units with processes of their own, which are followed. */
function runningUnits(engine: Engine): readonly Running[] {
  const units = engine.store.state()?.units ?? {};
  return engine.supervisor.all().flatMap((tracked) => {
    const unit = units[tracked.unitId];
    return unit !== undefined && isUp(unit.life) && handleOf(unit.life)?.pid === tracked.handle.pid ? [{ tracked, unit }] : [];
  });
}

interface Taken extends Running {
  readonly watched: Watched;
  readonly figures: UnitFigures;
  readonly excesses: readonly Excess[];
}

function takeSample(engine: Engine, running: readonly Running[], before: ReadonlyMap<UnitId, Watched>, reader: FamilyReader): readonly Taken[] {
  const questions = running.map(({ tracked: { unitId, handle } }) => ({ unitId, handle, recorded: engine.descendants.of(handle) }));
  const families = reader.families(questions);
  engine.descendants.remember(questions.map(({ unitId, handle }) => ({ handle, processes: families.get(unitId) ?? [] })));
  const connections = running.some(({ unit }) => unit.spec.limits?.connections !== undefined) ? establishedConnections() : undefined;
  return running.map((one) => {
    const earlier = before.get(one.tracked.unitId);
    const same = earlier?.tracked === one.tracked ? earlier : undefined;
    return measured(engine, one, families.get(one.tracked.unitId) ?? [], same, connections);
  });
}

function measured(engine: Engine, one: Running, family: readonly ProcessRow[], before: Watched | undefined, connectionsOf: ConnectionCount | undefined): Taken {
  const { tracked, unit } = one;
  const { limits } = unit.spec;
  const wantsConnections = limits?.connections !== undefined && connectionsOf !== undefined;
  const { figures, cpu, bornAtMs } = sampleFamily(engine, { handle: tracked.handle, processes: family, ...(wantsConnections ? { connectionsOf } : {}) }, before);
  // Until it is ready, its readiness alone says whether its start goes well.
  const judged = limits !== undefined && isServing(unit.life) ? judgeLimits(before?.standings ?? {}, limits, measuredIn(figures), engine.host.clock.monotonic()) : { standings: {}, excesses: [] };
  return { ...one, figures, watched: { tracked, cpu, bornAtMs, standings: judged.standings }, excesses: judged.excesses };
}

function publish(engine: Engine, units: Figures["units"], nextMs: number): void {
  const daemon = handleOfProcess(engine.table, engine.host.machine, process.pid);
  if (Object.keys(units).length === 0 || daemon === undefined) return withdraw(engine);
  const figures: Figures = { schema_version: 1, at: isoTime(engine.host.clock), period_ms: Math.round(nextMs), daemon, units };
  try {
    writeAtomic(engine.scope.figures, `${JSON.stringify(figures)}\n`);
  } catch {
    // A full disk: look-ups see that the figures they find are old.
  }
}

function withdraw(engine: Engine): void {
  try {
    rmSync(engine.scope.figures, { force: true });
  } catch {
    // A directory that became read-only: its figures grow old.
  }
}
