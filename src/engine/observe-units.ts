/** The truth about units, judged by their handles. Needs neither daemon nor network library, so look-ups use it too. */
import type { UnitTruth } from "../model/facts.ts";
import { handleOf, type Lifecycle } from "../model/lifecycle.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import { handleText, isResident, mainPort, type Exit, type Handle, type UnitId } from "../model/unit.ts";

export interface TruthQuestions {
  readonly judge: (handle: Handle) => "alive" | "dead" | "unknown";
  readonly isSupervised: (unitId: UnitId) => boolean;
  /** Whether something listens on a port; without it every unit counts as listening. */
  readonly isListening?: (port: number) => boolean;
}

/** Judges every unit of a state by its handle. Signals nothing. */
export function observeUnits(state: RunState, questions: TruthQuestions): Readonly<Record<UnitId, UnitTruth>> {
  return Object.fromEntries(Object.entries(state.units).map(([unitId, unit]) => [unitId, truthOf(unit, questions)]));
}

/** Ports it may be asked about. */
export function livingPorts({ units }: RunState): readonly number[] {
  return Object.values(units).flatMap(({ life, spec }) => (handleOf(life) === undefined ? [] : (mainPort(spec) ?? [])));
}

function truthOf(unit: UnitState, { judge, isSupervised, isListening }: TruthQuestions): UnitTruth {
  const handle = handleOf(unit.life);
  if (handle === undefined) return deadTruth(unit, isBroughtBack(unit.life));
  const port = mainPort(unit.spec);
  switch (judge(handle)) {
    case "alive":
      return { state: "alive", handle, isSupervised: isSupervised(unit.spec.id), isListening: port === undefined || handle.inside === "container" || (isListening?.(port) ?? true) };
    case "dead":
      return deadTruth(unit, isResident(handle));
    case "unknown":
      return { state: "unknown", because: unknownWords(handle) };
  }
}

function unknownWords(handle: Handle): string {
  if (handle.inside === "external") return "nobody watches it";
  if (handle.inside === "container") return `its ${handleText(handle)} cannot be judged: no daemon watches it, or the engine at ${handle.engine} does not answer`;
  return `${handleText(handle)} belongs to another pid namespace (${handle.pidNamespace}), so it is neither signalled nor replaced`;
}

/** What ran inside a daemon that is gone waits for its start without having failed. */
function isBroughtBack(life: Lifecycle): boolean {
  return life.status === "restarting" && life.attempt === 0;
}

function deadTruth(unit: UnitState, wentWithDaemon: boolean): UnitTruth {
  return wentWithDaemon ? { state: "dead", exit: { kind: "unknown" }, wentWithDaemon } : { state: "dead", exit: recordedExit(unit) };
}

function recordedExit(unit: UnitState): Exit {
  return ("exit" in unit.life ? unit.life.exit : unit.lastExit) ?? { kind: "unknown" };
}
