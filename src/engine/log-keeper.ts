/** Keeps the logs of what runs: when each byte was written, how large they may become, whether somebody emptied them. Never in between: units write the files themselves. */
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import type { Clock } from "../host/clock.ts";
import type { HolePuncher, PunchTrouble } from "../host/punch-hole.ts";
import type { Event } from "../model/events.ts";
import type { LogLook } from "../model/log-index.ts";
import { indexNameOf } from "../model/log-pieces.ts";
import type { UnitId } from "../model/unit.ts";
import type { RunRepository } from "../state/run-repository.ts";
import { openLogIndex, type LogIndexFile } from "./log-index-file.ts";
import { createLogRotation, type LogRotation } from "./log-rotation.ts";
import { restTime, sweepMs, watchLog, type LogWatch } from "./log-watch.ts";
import type { Store } from "./store.ts";

export interface LogKeeper {
  /** Takes up the logs that may have grown while no daemon lived. */
  adopt(): void;
  /** Right before a launch, when nobody writes the unit's log. */
  beforeLaunch(unitId: UnitId): Promise<void>;
  close(): void;
}

export interface LogKeeperParts {
  readonly store: Store;
  readonly repository: Pick<RunRepository, "logPath">;
  readonly clock: Clock;
  readonly puncher: HolePuncher;
}

interface KeptLog extends LogWatch {
  readonly rotation: LogRotation;
}

/** Looking at every log is felt when there are many. */
const sweepsPerLook = 5;

/** Follows the events of the store. */
export function createLogKeeper(parts: LogKeeperParts): LogKeeper {
  const { store } = parts;
  const logs = createKeptLogs(parts);
  const unsubscribe = store.subscribe((event) => {
    const { begins, ends } = meaningOf(event);
    if (begins !== undefined) logs.keep(begins);
    if (ends !== undefined) logs.release(ends);
  });
  return {
    adopt: () => {
      const units = Object.values(store.state()?.units ?? {});
      for (const { spec, logPath, life } of units) if (logPath !== undefined && life.status !== "stopped") logs.keep(spec.id);
    },
    beforeLaunch: async (unitId) => {
      const log = logs.keep(unitId);
      if ((await log?.rotation.rotateUnwritten()) === true) log?.renew();
    },
    close: () => {
      unsubscribe();
      logs.release("all");
    },
  };
}

interface KeptLogs {
  /** Undefined while it cannot be, as on a full disk; it is tried again then. */
  keep(unitId: UnitId): KeptLog | undefined;
  release(unitId: UnitId | "all"): void;
}

function createKeptLogs(parts: LogKeeperParts): KeptLogs {
  const kept = new Map<UnitId, KeptLog | undefined>();
  const told = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const tell = (unitId: UnitId, { why, isLasting }: PunchTrouble): void => {
    const words = isLasting ? `cannot be rotated while it is written (${why}); that is done when ${unitId} starts the next time` : `could not be rotated now (${why}); that is tried again every few seconds`;
    const key = `${unitId} ${isLasting}`;
    if (!told.has(key)) parts.store.dispatch({ type: "warning", code: "log_rotation", unitId, message: `the log of ${unitId} is too large and ${words}` });
    told.add(key);
  };
  const open = (unitId: UnitId): KeptLog | undefined => {
    const log = kept.get(unitId) ?? quietly(() => keptLog(unitId, parts, (trouble) => tell(unitId, trouble)));
    kept.set(unitId, log);
    return log;
  };
  let sweeps = 0;
  const sweep = (): void => {
    sweeps += 1;
    const now = restTime(parts.clock);
    for (const unitId of kept.keys()) open(unitId)?.sweep(now, sweeps % sweepsPerLook === 0);
  };
  return {
    keep: (unitId) => {
      timer ??= setInterval(sweep, sweepMs).unref();
      return open(unitId);
    },
    release: (unitId) => {
      for (const one of unitId === "all" ? [...kept.keys()] : [unitId]) {
        kept.get(one)?.close();
        kept.delete(one);
      }
      if (kept.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** The store tells that the disk cannot be written. */
function quietly<T>(effect: () => T): T | undefined {
  try {
    return effect();
  } catch {
    return undefined;
  }
}

/** Whose log begins to be written, or ends. */
function meaningOf(event: Event): { readonly begins?: UnitId; readonly ends?: UnitId | "all" } {
  switch (event.type) {
    case "unit_preparing":
    case "unit_starting":
      return { begins: event.unitId };
    case "unit_stopped":
    case "unit_forgotten":
      return { ends: event.unitId };
    case "run_stopped":
      return { ends: "all" };
    default:
      return {};
  }
}

function keptLog(unitId: UnitId, parts: LogKeeperParts, onTrouble: (trouble: PunchTrouble) => void): KeptLog {
  const { store, clock, puncher } = parts;
  const state = store.state();
  const path = parts.repository.logPath(state?.runId ?? "", unitId);
  const isNew = !existsSync(path);
  closeSync(openSync(path, "a", 0o600));
  const index = openLogIndex(indexNameOf(path), Date.parse(state?.startedAt ?? "") || clock.now());
  const rotation = createLogRotation({
    path,
    isNew,
    index,
    clock,
    puncher,
    keeping: () => store.state()?.units[unitId]?.spec.logs,
    onRotated: (moved) => store.dispatch({ type: "log_rotated", unitId, ...moved }),
    onTrouble,
  });
  const onLook = looker(index, rotation, (sizeBytes, knownBytes) => store.dispatch({ type: "log_truncated", unitId, sizeBytes, knownBytes }));
  // What was written while nobody looked: at some time since the last one that is known.
  onLook({ sizeBytes: statSync(path).size, sinceMs: index.last().toMs, nowMs: clock.now() });
  const watched = watchLog(path, clock, onLook);
  return {
    ...watched,
    rotation,
    close: () => {
      watched.close();
      rotation.close();
      index.close();
    },
  };
}

/** What follows from a look; true when the size is not that of the look before. */
function looker(index: LogIndexFile, rotation: LogRotation, onTruncated: (sizeBytes: number, knownBytes: number) => void): (look: LogLook) => boolean {
  let seenBytes = index.last().offset;
  return (look) => {
    const { sizeBytes } = look;
    const knownBytes = index.last().offset;
    const grownBytes = sizeBytes - seenBytes;
    seenBytes = sizeBytes;
    if (sizeBytes > knownBytes) index.note(look);
    if (sizeBytes < knownBytes) {
      quietly(() => {
        index.restart(rotation.truncated(sizeBytes), look);
        onTruncated(sizeBytes, knownBytes);
      });
    }
    rotation.consider(sizeBytes, grownBytes);
    return grownBytes !== 0;
  };
}
