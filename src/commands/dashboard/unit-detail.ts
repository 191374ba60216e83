/** Everything about one unit for the details of the dashboard, in the words of `explain` and `events`. Pure. */
import type { Event } from "../../model/events.ts";
import type { UnitState } from "../../model/run-state.ts";
import type { Note, UnitDetail } from "../../ui/dashboard/world.ts";
import { storyLine } from "../../ui/event-story.ts";
import { withoutName } from "../../ui/words.ts";
import { unitReasons } from "../explain-unit.ts";
import { maskedValues, type SecretNames } from "../mask.ts";
import type { RunView } from "../run-view.ts";

const shownEvents = 40;
const probeEvents = new Set<Event["type"]>(["unit_ready", "unit_unhealthy", "unit_recovered"]);
const restartEvents = new Set<Event["type"]>(["unit_crashed", "unit_restarting", "requirement_retry", "group_failed", "unit_limit"]);

/** The newest first, as far as `recent` goes back. */
export function unitDetail(unit: UnitState, view: RunView, recent: readonly Event[], secrets: SecretNames): UnitDetail {
  const { spec } = unit;
  const own = recent.filter((event) => "unitId" in event && event.unitId === spec.id && event.type !== "progress").toReversed();
  const names = new Set([...secrets, ...(spec.secretEnv ?? [])]);
  return {
    unitId: spec.id,
    reasons: unitReasons(unit, view, { state: view.state, resolved: undefined, events: recent, secrets: names }).map(({ text, depth }) => ({ text, depth })),
    env: Object.fromEntries(Object.entries(maskedValues(spec.env, names)).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    probes: [...livenessNotes(unit), ...notesOf(own, probeEvents)],
    restarts: [...dueNotes(unit), ...notesOf(own, restartEvents)],
    events: own.slice(0, shownEvents).map(noteOf),
  };
}

function notesOf(own: readonly Event[], types: ReadonlySet<Event["type"]>): readonly Note[] {
  return own.filter((event) => types.has(event.type)).slice(0, 12).map(noteOf);
}

/** `✓ ready in 420 ms`: the line of the story without when and who. */
function noteOf(event: Event): Note {
  const line = storyLine(event).slice(event.at.length + 1);
  const unitId = "unitId" in event ? (event.unitId ?? "") : "";
  return { at: event.at, mark: line.slice(0, 1), text: withoutName(line.slice(2).replace(unitId, "").trimStart(), unitId) };
}

/** What is still to come. */
function dueNotes({ life }: UnitState): readonly Note[] {
  return life.status === "restarting" ? [{ at: life.dueAt, mark: "↻", text: life.attempt === 0 ? "it is started again" : `restart ${life.attempt}` }] : [];
}

function livenessNotes({ spec, life }: UnitState): readonly Note[] {
  const { live } = spec;
  if (live === undefined) return [];
  const what = `every ${live.intervalMs / 1000} s by ${live.probe.kind}; ${live.failures} failures in a row make it unhealthy${live.restart ? ", and restart it" : ""}`;
  return [{ at: life.at, mark: "·", text: `it is probed ${what}` }];
}
