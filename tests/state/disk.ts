/** A run repository in a temporary directory, with a run in it. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { scopePaths } from "../../src/host/paths.ts";
import type { Event, EventBody } from "../../src/model/events.ts";
import { foldEvents, type RunState } from "../../src/model/run-state.ts";
import { createRunRepository } from "../../src/state/repository.ts";
import type { LoadedRun, RunRepository } from "../../src/state/run-repository.ts";
import { eventsOf, handle, unitSpec } from "../model/specimen.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

export const runId = "run-20260101000000000-aaaa";
const backend = unitSpec("Main", "backend", { ports: [{ name: "main", port: 8001, requested: 8000 }, { name: "debug", port: 9229, requested: 9229 }], url: "http://localhost:8001" });
const redis = unitSpec("Main", "redis", { kind: "requirement", ports: [{ name: "main", port: 6380, requested: 6380 }], requirement: { adapter: "redis", version: "7.2", dataDirectory: "/data" } });

export const bodies: readonly EventBody[] = [
  { type: "run_started", schemaVersion: 1, mode: "main", scope: "repo-1", repository: "/repo" },
  { type: "project_joined", project: { name: "Main", root: "/repo", slot: 0, branch: "main" } },
  { type: "unit_planned", unitId: redis.id, spec: redis, because: "test", isAutomatic: false },
  { type: "unit_planned", unitId: backend.id, spec: backend, because: "test", isAutomatic: false },
  { type: "unit_starting", unitId: backend.id, mark: "m", logPath: "/logs/backend.log", environmentId: "e" },
  { type: "unit_started", unitId: backend.id, handle },
  { type: "unit_ready", unitId: backend.id, handle, startupMs: 12, evidence: "e" },
  { type: "unit_failed", unitId: redis.id, failure: { reason: "process_exited", message: "redis is gone" } },
];

export interface Disk {
  readonly repository: RunRepository;
  readonly root: string;
  readonly file: (name: string) => string;
  readonly read: (name: string) => string;
  readonly damage: (name: string, text: string) => void;
  readonly append: (name: string, text: string) => void;
  /** As a new daemon would load it. */
  readonly load: () => LoadedRun | undefined;
}

export const events: readonly Event[] = eventsOf(bodies, runId);
export const whole: RunState = foldEvents(runId, events);

/** Written: that many events; and a snapshot of the first `snapshot` of them, if any. */
export function disk(written: number, snapshot?: number): Disk {
  const root = temporaryDirectory(onTestFinished, "state");
  const scope = scopePaths(root, "repo-1");
  const repository = createRunRepository(scope, false);
  repository.begin(runId, events.slice(0, written)).close();
  if (snapshot !== undefined) repository.publish(foldEvents(runId, events.slice(0, snapshot)));
  const file = (name: string): string => join(scope.runs, runId, name);
  return {
    repository,
    root: scope.root,
    file,
    read: (name) => readFileSync(file(name), "utf8"),
    damage: (name, text) => writeFileSync(file(name), text),
    append: (name, text) => appendFileSync(file(name), text),
    load: () => createRunRepository(scope, false).latest(),
  };
}
