/** Families of the same units again and again: processes that belong to none of them are not read again for a while. */
import type { ProcessReadings, ProcessRow } from "../host/process-row.ts";
import type { UnitId } from "../model/unit.ts";
import { familiesOf, type FamilyQuestion } from "./ownership.ts";

export interface FamilyReader {
  /** The processes of these units, by one reading of the table; none is made for no units. */
  families(questions: readonly FamilyQuestion[]): ReadonlyMap<UnitId, readonly ProcessRow[]>;
  close(): void;
}

export function familyReader(readings: ProcessReadings): FamilyReader {
  let known: ReadonlySet<number> = new Set();
  return {
    families: (questions) => {
      if (questions.length === 0) readings.close();
      // Who belonged to nobody may be of a unit that came since.
      if (questions.some(({ handle }) => !known.has(handle.pid))) readings.leaveOutNobody();
      known = new Set(questions.map(({ handle }) => handle.pid));
      const rows = questions.length === 0 ? [] : readings.rows();
      const families = familiesOf(rows, questions);
      const own = new Set([...families.values()].flat().map((row) => row.pid));
      readings.leaveOut(rows.flatMap(({ pid }) => (own.has(pid) ? [] : [pid])));
      return families;
    },
    close: readings.close,
  };
}
