/** Keeps what units use with their run, in one small file: written when a step of time is over, and when nothing is measured any more. */
import { join } from "node:path";
import { readJson, writeAtomic } from "../host/files.ts";
import type { UnitFigures } from "../model/figures.ts";
import type { UnitId } from "../model/unit.ts";
import { emptyUsage, usageOf, withUsage, type UsageHistory } from "../model/usage-history.ts";
import type { Engine } from "./engine.ts";

export interface UsageFile {
  /** One sample; none of a unit when nothing runs. */
  note(figures: Readonly<Record<UnitId, UnitFigures>>): void;
  /** Writes what was noted. */
  flush(): void;
}

export function usageFile(engine: Engine): UsageFile {
  let history: UsageHistory | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let hasMore = false;
  const pathOf = (runId: string): string => join(engine.scope.runs, runId, "usage.json");
  const flush = (): void => {
    if (history === undefined || !hasMore) return;
    hasMore = false;
    writtenAt = engine.host.clock.monotonic();
    try {
      writeAtomic(pathOf(history.run_id), `${JSON.stringify(history)}\n`);
    } catch {
      // A full disk, or a run that is gone: it is a view, and nobody waits for it.
    }
  };
  return {
    note: (figures) => {
      const runId = engine.store.state()?.runId;
      if (runId === undefined || Object.keys(figures).length === 0) return flush();
      if (history?.run_id !== runId) {
        flush();
        history = usageOf(readJson(pathOf(runId)), runId) ?? emptyUsage(runId);
        writtenAt = Number.NEGATIVE_INFINITY;
      }
      history = withUsage(history, engine.host.clock.now(), figures);
      hasMore = true;
      if (engine.host.clock.monotonic() - writtenAt >= history.step_ms) flush();
    },
    flush,
  };
}
