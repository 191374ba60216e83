/** The word a daemon leaves that ended since its loop was blocked, and what it means for those that ran in it. Pure. */
import type { Failure } from "./failure.ts";
import type { RunState } from "./run-state.ts";
import type { UnitId } from "./unit.ts";

export interface LoopNote {
  /** ISO 8601. */
  readonly at: string;
  /** Those that ran in the loop. */
  readonly units: readonly UnitId[];
  readonly blockedMs: number;
}

/** True for what was written as a note. */
export function isLoopNote(note: unknown): note is LoopNote {
  if (typeof note !== "object" || note === null) return false;
  return "at" in note && typeof note.at === "string" && "blockedMs" in note && typeof note.blockedMs === "number" && "units" in note && Array.isArray(note.units) && note.units.every((unitId) => typeof unitId === "string");
}

/** Every one that may have held up the loop has failed: none may do so again unasked. */
export function loopFailures(note: LoopNote, { units }: Pick<RunState, "units">): readonly { readonly unitId: UnitId; readonly failure: Failure }[] {
  return note.units.flatMap((unitId) => {
    const unit = Object.hasOwn(units, unitId) ? units[unitId] : undefined;
    if (unit === undefined || !unit.isWanted) return [];
    const others = note.units.length === 1 ? "" : `, or one of the others in it did (${note.units.filter((one) => one !== unitId).join(", ")})`;
    const message = `${unitId} blocked the daemon's loop for ${Math.round(note.blockedMs / 1000)} s${others}, so the daemon ended itself at ${note.at}`;
    const hint = `run it apart from the loop with services.${unit.spec.name}.executor: thread, then \`envctl start\``;
    return [{ unitId, failure: { reason: "loop_blocked", message, hint } as const }];
  });
}
