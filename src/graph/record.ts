/** What happens in a run of a graph, as events; the state of the run is their fold. Pure. */
import type { UnitResult } from "./unit.ts";

export type GraphEvent = { readonly at: string } & (
  /** Before anything starts; `units` are those that are to run. */
  | { readonly type: "graph_began"; readonly run: string; readonly project: string; readonly units: readonly string[] }
  /** The result of an earlier run counts, or is only kept in mind. */
  | { readonly type: "unit_kept"; readonly unit: string; readonly result: UnitResult }
  /** By another unit, or by hand; `definition` as it was written. */
  | { readonly type: "unit_added"; readonly unit: string; readonly by: string | null; readonly directory: string; readonly definition: unknown }
  | { readonly type: "unit_began"; readonly unit: string }
  /** Also of one that was skipped. */
  | { readonly type: "unit_ended"; readonly unit: string; readonly result: UnitResult }
  | { readonly type: "graph_ended"; readonly ok: boolean }
);

export type GraphEventBody = GraphEvent extends infer E ? (E extends GraphEvent ? Omit<E, "at"> : never) : never;

/** A run as far as its events tell. */
export interface GraphState {
  readonly run: string;
  readonly project: string;
  /** What it is, or was, to run; added units as well. */
  readonly intended: ReadonlySet<string>;
  /** The latest results of every unit, those of earlier runs as well. */
  readonly results: ReadonlyMap<string, UnitResult>;
  readonly running: ReadonlySet<string>;
  readonly added: readonly Extract<GraphEvent, { readonly type: "unit_added" }>[];
  readonly hasEnded: boolean;
}

/** Undefined for a run that never began. */
export function graphState(events: readonly GraphEvent[]): GraphState | undefined {
  const began = events.find((event) => event.type === "graph_began");
  if (began === undefined) return undefined;
  const intended = new Set(began.units);
  const results = new Map<string, UnitResult>();
  const running = new Set<string>();
  for (const event of events) {
    if (event.type === "unit_added") intended.add(event.unit);
    if (event.type === "unit_began") {
      running.add(event.unit);
      // One that is caught running is not done, whatever it was before.
      results.delete(event.unit);
    }
    if (event.type === "unit_kept") results.set(event.unit, event.result);
    if (event.type !== "unit_ended") continue;
    running.delete(event.unit);
    results.set(event.unit, event.result);
  }
  return { run: began.run, project: began.project, intended, results, running, added: events.filter((event) => event.type === "unit_added"), hasEnded: events.some((event) => event.type === "graph_ended") };
}
