/** The whole story of a run, a line an event: for those that the progress of a start does not show as well. */
import type { Event } from "../model/events.ts";
import { handleText } from "../model/unit.ts";
import { duration } from "./age.ts";
import { eventLine, eventRow } from "./event-line.ts";

/** When, and what happened. */
export function storyLine(event: Event): string {
  return `${event.at} ${eventLine(event) ?? otherLine(event)}`;
}

function otherLine(event: Event): string {
  switch (event.type) {
    case "run_started":
      return eventRow("▶", "", `run ${event.runId} begins`);
    case "run_stopped":
      return eventRow("■", "", "the run is over: everything was stopped on purpose");
    case "intent_planned":
      return eventRow("▷", "", `${event.intent}: ${Object.entries(event.counts).map(([action, count]) => `${count} to ${action}`).join(", ") || "nothing to do"}`);
    case "intent_finished":
      return eventRow(event.ok ? "✓" : "✗", "", `${event.intent} ${event.ok ? "done" : "failed"} after ${duration(event.durationMs)}`);
    case "project_joined":
      return eventRow("+", event.project.name, `takes part, in ${event.project.root}`);
    case "unit_planned":
      return eventRow("▷", event.unitId, `planned: ${event.because}`);
    case "unit_prepared":
      return eventRow("✓", event.unitId, event.skipped ? `${event.step}: nothing has changed` : `${event.step} done`);
    case "unit_starting":
      return eventRow("…", event.unitId, "starting");
    case "unit_started":
      return eventRow("…", event.unitId, event.handle.inside === "external" ? "watched" : `started, ${handleText(event.handle)}`);
    case "unit_span":
      return eventRow("…", event.unitId, `${event.span} took ${duration(event.durationMs)}`);
    case "unit_stopping":
      return eventRow("…", event.unitId, `stopping: ${event.because}`);
    case "unit_forgotten":
      return eventRow("-", event.unitId, `forgotten: ${event.because}`);
    case "log_rotated":
      return eventRow("↻", event.unitId, `its log was rotated at ${event.toByte} bytes`);
    case "configuration_differs":
      return eventRow("!", "", event.problem?.message ?? changeText(event.units));
    case "daemon_started":
      return eventRow("▶", "", `daemon ${event.version} takes charge, pid ${event.pid}`);
    case "daemon_stopped":
      return eventRow("■", "", `daemon leaves, pid ${event.pid}: ${event.because}`);
    default:
      return eventRow(" ", "unitId" in event ? (event.unitId ?? "") : "", event.type);
  }
}

function changeText(units: Readonly<Record<string, string>>): string {
  const changes = Object.entries(units).map(([unitId, what]) => `${unitId} (${what})`);
  return changes.length === 0 ? "the configuration agrees with what runs again" : `the configuration has changed: ${changes.join(", ")}`;
}
