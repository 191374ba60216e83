/** The processes of every unit of a state, as they live now. */
import type { ProcessRow, ProcessTable } from "../host/process-row.ts";
import { handleOf } from "../model/lifecycle.ts";
import type { RunState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import { familiesOf } from "./ownership.ts";

export interface UnitProcess extends Pick<ProcessRow, "pid" | "parent" | "cpuMs" | "residentBytes"> {
  readonly command: string;
}

/** Units without a living process are not among them. */
export function unitProcesses(state: RunState, table: ProcessTable): Readonly<Record<UnitId, readonly UnitProcess[]>> {
  const questions = Object.values(state.units).flatMap(({ spec, life }) => {
    const handle = handleOf(life);
    return handle === undefined || handle.inside !== undefined ? [] : [{ unitId: spec.id, handle, recorded: [] }];
  });
  const families = familiesOf(table.rows(), questions);
  return Object.fromEntries([...families].map(([unitId, rows]) => [unitId, rows.map(({ pid, parent, cpuMs, residentBytes, name }) => ({ pid, parent, cpuMs, residentBytes, command: table.describe(pid).command ?? name }))]));
}
