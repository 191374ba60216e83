/** From how a program ended and what it wrote to what came of its unit, and what that means for others. Pure. */
import { exitText, type Exit } from "../model/unit.ts";
import { hardFailure, success, type Outcome } from "../schedule/task.ts";
import { unitStatuses, type GraphUnit, type ResultRecord, type UnitResult, type UnitStatus } from "./unit.ts";

/** How the run of a unit's program ended. */
export interface UnitEnd {
  readonly exit?: Exit;
  /** Why there is no exit code of its own: it took too long, was silent too long, was cancelled, never began. */
  readonly trouble?: { readonly status: "timeout" | "error"; readonly reason: string };
  readonly facts: Readonly<Record<string, string>>;
  readonly records: readonly ResultRecord[];
  /** What could not be read of what it wrote, or was refused. */
  readonly problems: readonly string[];
}

/** Its own end is the last record; the worst of all is what the unit is. */
export function verdictOf(unit: Pick<GraphUnit, "id">, { exit, trouble, records, problems }: UnitEnd): Pick<UnitResult, "status" | "reason" | "records"> {
  const own = ownRecord(unit.id, exit, trouble);
  const all = [...records, ...problems.map((message): ResultRecord => ({ name: unit.id, status: "error", message })), own];
  const worst = all.reduce((before, one) => (rank(one.status) > rank(before.status) ? one : before), own);
  const reason = worst.message ?? (worst === own ? undefined : `${worst.name}: ${worst.status}`);
  return { status: worst.status, records: all, ...(worst.status === "pass" || reason === undefined ? {} : { reason }) };
}

/** A controlled failure gives and releases what the unit says; any other keeps its locks and gives nothing. */
export function outcomeOf({ softExit, depsOk, locksOk }: Pick<GraphUnit, "softExit" | "depsOk" | "locksOk">, status: UnitStatus, exit: Exit | undefined): Outcome {
  if (rank(status) < rank("fail")) return success;
  if (status === "timeout" || exit === undefined) return hardFailure;
  const isSoft = softExit.length > 0 ? exit.kind === "code" && softExit.includes(exit.code) : depsOk !== undefined || locksOk !== undefined;
  if (!isSoft) return hardFailure;
  const usually = softExit.length > 0;
  return { gives: depsOk ?? usually, releases: locksOk ?? usually };
}

function rank(status: UnitStatus): number {
  return unitStatuses.indexOf(status);
}

/** A signal nobody of us sent is the death of its worker, not a failure of what it does. */
function ownRecord(name: string, exit: Exit | undefined, trouble: UnitEnd["trouble"]): ResultRecord {
  if (trouble !== undefined) return { name, status: trouble.status, message: trouble.reason };
  if (exit?.kind === "code" && exit.code === 0) return { name, status: "pass" };
  if (exit?.kind === "code") return { name, status: "fail", message: exitText(exit) };
  return { name, status: "error", message: exit?.kind === "signal" ? `worker died: ${exitText(exit)}` : "worker died" };
}
