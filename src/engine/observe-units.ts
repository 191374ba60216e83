/** The truth about units, judged by their handles. Needs neither daemon nor network library, so look-ups use it too. */
import { listeners } from "../host/sockets.ts";
import type { UnitTruth } from "../model/facts.ts";
import { handleOf, isUp } from "../model/lifecycle.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import { mainPort, type Exit, type Handle, type UnitId } from "../model/unit.ts";

export interface TruthQuestions {
  readonly judge: (handle: Handle) => "alive" | "dead" | "unknown";
  readonly isSupervised: (unitId: UnitId) => boolean;
  /** Ports something listens on; without it every unit counts as listening. */
  readonly listeningPorts?: () => ReadonlySet<number>;
}

/** Judges every unit of a state by its handle. Signals nothing; the socket table is read at most once. */
export function observeUnits(state: RunState, { judge, isSupervised, listeningPorts }: TruthQuestions): Readonly<Record<UnitId, UnitTruth>> {
  const units = Object.entries(state.units);
  const needsSockets = units.some(([, unit]) => isUp(unit.life) && mainPort(unit.spec) !== undefined);
  const listening = needsSockets ? listeningPorts?.() : undefined;
  return Object.fromEntries(units.map(([unitId, unit]) => [unitId, truthOf(unit, judge, isSupervised(unitId), listening)]));
}

/** Every port something listens on now, whoever it is. */
export function allListeningPorts(): ReadonlySet<number> {
  return new Set(listeners().map((one) => one.port));
}

function truthOf(unit: UnitState, judge: TruthQuestions["judge"], isSupervised: boolean, listening: ReadonlySet<number> | undefined): UnitTruth {
  const handle = handleOf(unit.life);
  if (handle === undefined) return { state: "dead", exit: recordedExit(unit) };
  const port = mainPort(unit.spec);
  switch (judge(handle)) {
    case "alive":
      return { state: "alive", handle, isSupervised, isListening: port === undefined || listening === undefined || listening.has(port) };
    case "dead":
      return { state: "dead", exit: recordedExit(unit) };
    case "unknown":
      return { state: "unknown", because: `pid ${handle.pid} belongs to another pid namespace (${handle.pidNamespace}), so it is neither signalled nor replaced` };
  }
}

function recordedExit(unit: UnitState): Exit {
  return "exit" in unit.life && unit.life.exit !== undefined ? unit.life.exit : { kind: "unknown" };
}
