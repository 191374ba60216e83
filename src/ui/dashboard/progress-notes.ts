/** What long work says of itself, by the unit it is done for: its newest words, until it is over. Pure. */
import type { Event } from "../../model/events.ts";
import { leftText } from "../event-line.ts";
import { beginningOf, isMeasured, remainingMs, type Beginning } from "../progress-estimate.ts";

interface Note {
  readonly text: string;
  readonly beginning?: Beginning;
  readonly words: string;
}

/** Unit id, or empty for what is about none → what is done. */
export type ProgressNotes = ReadonlyMap<string, Note>;

/** One event later: whatever else a unit tells, what it said before is over. */
export function notesAfter(notes: ProgressNotes, event: Event): ProgressNotes {
  if (event.type === "intent_finished") return notes.size === 0 ? notes : new Map();
  const unitId = "unitId" in event ? (event.unitId ?? "") : event.type === "progress" ? "" : undefined;
  if (unitId === undefined) return notes;
  const note = event.type === "progress" ? noteOf(event, notes.get(unitId)) : undefined;
  if (note !== undefined) return new Map([...notes, [unitId, note]]);
  return notes.has(unitId) ? new Map([...notes].filter(([key]) => key !== unitId)) : notes;
}

/** How far comes first: rows are short. Undefined for work that has just been done. */
function noteOf(event: Extract<Event, { type: "progress" }>, before: Note | undefined): Note | undefined {
  const { text } = event;
  if (!isMeasured(event) || event.total === 0) return { text, words: text };
  if (event.done >= event.total) return undefined;
  const beginning = beginningOf(before?.text === text ? before.beginning : undefined, event);
  return { text, beginning, words: `${Math.floor((event.done / event.total) * 100)} %${leftText(remainingMs(beginning, event))}: ${text}` };
}

/** The words alone. */
export function progressWords(notes: ProgressNotes): Readonly<Record<string, string>> {
  return Object.fromEntries([...notes].map(([unitId, { words }]) => [unitId, words]));
}
