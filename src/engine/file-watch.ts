/**
 * Restarts a unit when a file it watches changes: one restart for all changes until it is quiet, one at a time, and once
 * more for what changed meanwhile. A unit is followed from its start until nobody wants it any more; what its prepare steps write does not count.
 */
import { relative } from "node:path";
import { watchTree, type TreeWatch } from "../host/watch-tree.ts";
import type { Lifecycle } from "../model/lifecycle.ts";
import type { UnitId, UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { createQuiet, type Quiet } from "./quiet.ts";
import type { RestartWays } from "./restart-unit.ts";
import { restartForFiles } from "./watch-restart.ts";

export interface FileWatches {
  /** Units whose files are watched. */
  count(): number;
  close(): void;
}

interface Followed {
  /** What is watched; another one is watched anew. */
  readonly key: string;
  readonly tree: TreeWatch;
  readonly quiet: Quiet;
  readonly changed: Set<string>;
  isDue: boolean;
  isRestarting: boolean;
}

interface Watches {
  readonly engine: Engine;
  readonly ways: RestartWays;
  readonly followed: Map<UnitId, Followed>;
}

/** All changes of a git checkout are one. */
const quietMs = 200;
const directoryLimit = 2000;

/** Follows every unit with `watch`, those of an adopted run included. */
export function watchUnitFiles(engine: Engine, ways: RestartWays): FileWatches {
  const watches: Watches = { engine, ways, followed: new Map() };
  const touched = new Set<UnitId>();
  let isClosed = false;
  const settle = (): void => {
    const unitIds = [...touched];
    touched.clear();
    if (!isClosed) for (const unitId of unitIds) refresh(watches, unitId);
  };
  const touch = (unitId: UnitId): void => {
    // Later, since a restart says "stopped" and "planned" in one breath.
    if (touched.size === 0) setImmediate(settle);
    touched.add(unitId);
  };
  const unsubscribe = engine.store.subscribe((event) => {
    // At once: what changes after its first process has read it counts.
    if (event.type === "unit_starting") refresh(watches, event.unitId);
    else if (event.seq > 0 && "unitId" in event && event.unitId !== undefined) touch(event.unitId);
    else if (event.type === "run_stopped" || event.type === "run_started") for (const unitId of watches.followed.keys()) touch(unitId);
  });
  for (const unitId of Object.keys(engine.store.state()?.units ?? {})) refresh(watches, unitId);
  return {
    count: () => watches.followed.size,
    close: () => {
      isClosed = true;
      unsubscribe();
      for (const unitId of watches.followed.keys()) forget(watches, unitId);
    },
  };
}

function refresh(watches: Watches, unitId: UnitId): void {
  const state = watches.engine.store.state();
  const unit = state?.stoppedAt === undefined ? state?.units[unitId] : undefined;
  const known = watches.followed.get(unitId);
  const key = unit?.isWanted === true && unit.spec.watch !== undefined ? JSON.stringify([unit.spec.directory, unit.spec.watch]) : undefined;
  if (known !== undefined && known.key !== key) forget(watches, unitId);
  if (unit !== undefined && key !== undefined && known?.key !== key && hasBegun(unit.life)) watches.followed.set(unitId, followed(watches, unit.spec, key));
  restartIfDue(watches, unitId);
}

function forget({ followed: all }: Watches, unitId: UnitId): void {
  const one = all.get(unitId);
  all.delete(unitId);
  one?.quiet.close();
  one?.tree.close();
}

function followed(watches: Watches, spec: UnitSpec, key: string): Followed {
  const { engine } = watches;
  const changed = new Set<string>();
  const due = (): void => {
    const one = watches.followed.get(spec.id);
    if (one?.key !== key) return;
    one.isDue = true;
    restartIfDue(watches, spec.id);
  };
  const quiet = createQuiet(engine.host.clock, quietMs, due);
  const tree = watchTree({
    directory: spec.directory,
    globs: spec.watch ?? [],
    ignored: [engine.host.paths.stateRoot],
    limit: directoryLimit,
    changed: (path) => {
      changed.add(relative(spec.directory, path));
      quiet.poke();
    },
    trouble: (what, text) => engine.store.dispatch({ type: "warning", unitId: spec.id, ...(what === "limit" ? limitWarning(spec, text) : impossibleWarning(spec, text)) }),
  });
  return { key, tree, quiet, changed, isDue: false, isRestarting: false };
}

function limitWarning({ id, name }: UnitSpec, text: string): { readonly code: string; readonly message: string } {
  return { code: "watch_limit", message: `services.${name}.watch means ${text}: changes of ${id} in the others are not noticed; name narrower globs, such as "src/**/*.ts"` };
}

function impossibleWarning({ id, name }: UnitSpec, text: string): { readonly code: string; readonly message: string } {
  return { code: "watch_impossible", message: `not all files of ${id} can be watched: ${text}; name fewer directories in services.${name}.watch, or raise fs.inotify.max_user_watches` };
}

function hasBegun({ status }: Lifecycle): boolean {
  return status !== "planned" && status !== "preparing" && status !== "blocked";
}

/** Nobody is starting or ending it. */
function isSettled({ status }: Lifecycle): boolean {
  return status === "ready" || status === "unhealthy" || status === "failed" || status === "restarting";
}

function restartIfDue(watches: Watches, unitId: UnitId): void {
  const one = watches.followed.get(unitId);
  const unit = watches.engine.store.state()?.units[unitId];
  if (one === undefined || unit === undefined || !one.isDue || one.isRestarting || !isSettled(unit.life)) return;
  const because = changeText([...one.changed]);
  one.changed.clear();
  one.isDue = false;
  one.isRestarting = true;
  void restartForFiles(watches.engine, unit, because, watches.ways).then((isDone) => {
    one.isRestarting = false;
    if (!isDone) one.isDue = true;
    restartIfDue(watches, unitId);
  });
}

function changeText([first = "a watched file", ...others]: readonly string[]): string {
  return others.length === 0 ? `${first} changed` : `${first} and ${others.length} more changed`;
}
