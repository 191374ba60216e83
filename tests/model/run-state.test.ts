import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { EventBody } from "../../src/model/events.ts";
import { emptyRunState, foldEvents, reduce, type RunState } from "../../src/model/run-state.ts";
import { eventBodies, eventsOf, handle, unitSpec } from "./specimen.ts";

const spec = unitSpec("Main", "backend");
const planned: EventBody = { type: "unit_planned", unitId: spec.id, spec, because: "test", isAutomatic: false };
const ready: EventBody = { type: "unit_ready", unitId: spec.id, handle, startupMs: 5, evidence: "e" };
const crash: EventBody = { type: "unit_crashed", unitId: spec.id, exit: { kind: "code", code: 3 }, failure: { reason: "process_exited", message: "gone" } };

function after(...bodies: readonly EventBody[]): RunState {
  return foldEvents("run-1", eventsOf(bodies));
}

test("a snapshot at any point plus the rest of the log is the fold of the whole log", () => {
  fc.assert(
    fc.property(eventBodies, fc.nat(60), (bodies, cut) => {
      const events = eventsOf(bodies);
      const snapshot = JSON.parse(JSON.stringify(foldEvents("run-1", events.slice(0, cut)))) as RunState;
      expect(events.slice(cut).reduce(reduce, snapshot)).toEqual(foldEvents("run-1", events));
    }),
  );
});

test("the sequence number follows the events, and only planned units exist", () => {
  fc.assert(
    fc.property(eventBodies, (bodies) => {
      let state = emptyRunState("run-1");
      const known = new Set(bodies.flatMap((body) => (body.type === "unit_planned" ? [body.unitId] : [])));
      for (const event of eventsOf(bodies)) {
        const next = reduce(state, event);
        expect(next.seq).toBe(state.seq + 1);
        expect(Object.keys(next.units).filter((id) => !known.has(id))).toEqual([]);
        state = next;
      }
    }),
  );
});

test("a state is never changed in place", () => {
  fc.assert(
    fc.property(eventBodies, (bodies) => {
      let state = emptyRunState("run-1");
      for (const event of eventsOf(bodies)) {
        const before = JSON.stringify(state);
        const next = reduce(state, event);
        expect(JSON.stringify(state)).toBe(before);
        state = next;
      }
    }),
    { numRuns: 30 },
  );
});

test("a unit goes from planned to ready and is unwanted once it was stopped", () => {
  const starting: EventBody = { type: "unit_starting", unitId: spec.id, mark: "m", logPath: "/log", environmentId: "e" };
  const stopping: EventBody = { type: "unit_stopping", unitId: spec.id, because: "asked" };
  const stopped: EventBody = { type: "unit_stopped", unitId: spec.id, exit: { kind: "code", code: 0 }, killed: [7] };
  expect(after(planned).units[spec.id]).toMatchObject({ isWanted: true, starts: 0, life: { status: "planned" } });
  expect(after(planned, starting).units[spec.id]).toMatchObject({ starts: 1, logPath: "/log", life: { status: "starting" } });
  expect(after(planned, starting, ready).units[spec.id]?.life).toMatchObject({ status: "ready", handle, startupMs: 5 });
  expect(after(planned, starting, ready, stopping).units[spec.id]?.life).toMatchObject({ status: "stopping", handle });
  expect(after(planned, starting, ready, stopping, stopped).units[spec.id]).toMatchObject({ isWanted: false, life: { status: "stopped", killed: [7] } });
});

test("a unit is unwanted as soon as it is asked to end for good; one that was to begin anew serves again when it is adopted", () => {
  const adopted: EventBody = { type: "unit_adopted", unitId: spec.id, handle };
  const stopping = (more: object): EventBody => ({ type: "unit_stopping", unitId: spec.id, because: "asked", ...more });
  expect(after(planned, ready, stopping({ isWanted: false })).units[spec.id]).toMatchObject({ isWanted: false, life: { status: "stopping" } });
  expect(after(planned, ready, stopping({})).units[spec.id]?.isWanted).toBe(true);
  expect(after(planned, ready, stopping({}), adopted).units[spec.id]).toMatchObject({ isWanted: true, life: { status: "ready", handle } });
});

test("planning a unit that lives keeps its life; one that is gone begins again", () => {
  expect(after(planned, ready, planned).units[spec.id]?.life.status).toBe("ready");
  expect(after(planned, ready, crash, planned).units[spec.id]?.life.status).toBe("planned");
});

test("a crash keeps its cause in the unit and in the list of failures", () => {
  const state = after(planned, ready, crash);
  expect(state.units[spec.id]).toMatchObject({ isWanted: true, life: { status: "failed", exit: { kind: "code", code: 3 } } });
  expect(state.failures).toMatchObject([{ unitId: spec.id, failure: { message: "gone" } }]);
});

test("only the last fifty warnings and failures are kept", () => {
  const warnings = Array.from({ length: 60 }, (_, index): EventBody => ({ type: "warning", code: "c", message: String(index) }));
  const state = after(planned, ...warnings, ...Array.from({ length: 60 }, () => crash));
  expect(state.warnings.map((one) => one.message)).toEqual(Array.from({ length: 50 }, (_, index) => String(index + 10)));
  expect(state.failures).toHaveLength(50);
});

test("an illness that ends in the end of its process is one failure, and the same once more another", () => {
  const failure = { reason: "liveness_failed", message: "no answer" } as const;
  const episode: readonly EventBody[] = [
    { type: "unit_unhealthy", unitId: spec.id, handle, failure },
    { type: "unit_stopping", unitId: spec.id, because: "unhealthy" },
    { type: "unit_crashed", unitId: spec.id, exit: { kind: "signal", signal: "SIGTERM" }, failure },
  ];
  expect(after(planned, ready, ...episode).failures).toHaveLength(1);
  expect(after(planned, ready, ...episode, ready, ...episode).failures).toHaveLength(2);
  expect(after(planned, ready, crash, ready, crash).failures).toHaveLength(2);
});
