/** Plain data for tests: a unit, a handle, and random event sequences. */
import * as fc from "fast-check";
import type { Event, EventBody } from "../../src/model/events.ts";
import { unitIdOf, type Handle, type UnitSpec } from "../../src/model/unit.ts";

export const handle: Handle = { pid: 4711, startTime: "100", bootId: "boot", pidNamespace: "pid:[1]" };

export function unitSpec(project: string, name: string, more: Partial<UnitSpec> = {}): UnitSpec {
  return {
    id: unitIdOf(project, name),
    project,
    name,
    kind: "service",
    executor: "process",
    command: ["node", "server.js"],
    directory: `/repo/${project}`,
    env: {},
    ports: [{ name: "main", port: 8000, requested: 8000 }],
    ready: { kind: "listener", port: 8000 },
    readyTimeoutMs: 1000,
    stop: { signal: "SIGTERM", to: "group", graceMs: 1000 },
    dependsOn: [],
    prepare: [],
    critical: true,
    url: "http://localhost:8000",
    hash: "abc",
    ...more,
  };
}

/** Numbers bodies as a store does. */
export function eventsOf(bodies: readonly EventBody[], runId = "run-1"): readonly Event[] {
  return bodies.map((body, index) => ({ ...body, seq: index + 1, at: new Date(index).toISOString(), runId }));
}

const unitId = fc.constantFrom("Main/backend", "Main/frontend", "tree-1/backend", "Main/unknown", "toString", "__proto__");
const failure = fc.record({ reason: fc.constantFrom("process_exited" as const, "cancelled" as const), message: fc.string() });
const exit = fc.oneof(fc.record({ kind: fc.constant("code" as const), code: fc.nat(255) }), fc.constant({ kind: "unknown" as const }));
const aHandle = fc.constant(handle);

/** Any order of anything: the fold must bear what a damaged log leaves. */
export const eventBodies: fc.Arbitrary<readonly EventBody[]> = fc.array(
  fc.oneof(
    fc.constant<EventBody>({ type: "run_started", schemaVersion: 1, mode: "main", scope: "repo-1", repository: "/repo" }),
    fc.constant<EventBody>({ type: "run_stopped" }),
    fc.constant<EventBody>({ type: "project_joined", project: { name: "Main", root: "/repo", slot: 0 } }),
    fc.constantFrom("Main/backend", "Main/frontend", "tree-1/backend").map((id): EventBody => ({ type: "unit_planned", unitId: id, spec: unitSpec(id.split("/")[0] ?? "", id.split("/")[1] ?? ""), because: "test", isAutomatic: false })),
    unitId.map((id): EventBody => ({ type: "unit_starting", unitId: id, mark: "m", logPath: "/log", environmentId: "e" })),
    fc.tuple(unitId, aHandle).map(([id, one]): EventBody => ({ type: "unit_started", unitId: id, handle: one })),
    fc.tuple(unitId, aHandle).map(([id, one]): EventBody => ({ type: "unit_ready", unitId: id, handle: one, startupMs: 3, evidence: "e" })),
    fc.tuple(unitId, exit, failure).map(([id, how, why]): EventBody => ({ type: "unit_crashed", unitId: id, exit: how, failure: why })),
    fc.tuple(unitId, failure).map(([id, why]): EventBody => ({ type: "unit_failed", unitId: id, failure: why })),
    fc.tuple(unitId, failure).map(([id, why]): EventBody => ({ type: "unit_blocked", unitId: id, failure: why })),
    unitId.map((id): EventBody => ({ type: "unit_stopping", unitId: id, because: "b" })),
    fc.tuple(unitId, exit).map(([id, how]): EventBody => ({ type: "unit_stopped", unitId: id, exit: how, killed: [] })),
    fc.tuple(unitId, fc.string()).map(([id, step]): EventBody => ({ type: "unit_prepared", unitId: id, step, inputsHash: "h", skipped: false, durationMs: 1 })),
    unitId.map((id): EventBody => ({ type: "unit_forgotten", unitId: id, because: "gone" })),
    fc.string().map((message): EventBody => ({ type: "warning", code: "c", message })),
  ),
  { maxLength: 60 },
);
