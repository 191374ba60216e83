import { expect, test } from "vitest";
import { artifactsOf } from "../../src/state/projections.ts";
import { whole } from "./disk.ts";

const artifacts = artifactsOf(whole, { run_state: "/runs/run_state.json" });

test("run_state.json has the promised names", () => {
  expect(artifacts["run_state.json"]).toMatchObject({
    schema_version: 1,
    run_id: whole.runId,
    mode: "main",
    backend_mode: "process",
    services: {
      "Main backend": { type: "backend", project: "Main", cwd: "/repo/Main", pid: 4711, requested_port: 8000, actual_port: 8001, status: "running", log_path: "/logs/backend.log", public_url: "http://localhost:8001", failure_detail: null },
    },
    requirements: { Main: { project: "Main", components: { redis: { id: "redis", success: false, final: 6380, version: "7.2", error: "redis is gone" } } } },
    pointers: { run_state: "/runs/run_state.json" },
    metadata: { project_names: ["Main"], project_roots: { Main: "/repo" }, repo_scope_id: "repo-1" },
    run: whole,
  });
});

test("runtime_map.json has the promised names", () => {
  expect(artifacts["runtime_map.json"]).toMatchObject({
    schema_version: 1,
    projects: { Main: { backend_port: 8001, frontend_port: null } },
    port_to_service: { 8001: "Main backend", 6380: "Main redis" },
    service_to_actual_port: { "Main backend": 8001, "Main redis": 6380 },
    projection: { Main: { backend_port: 8001, backend_url: "http://localhost:8001", backend_status: "running", frontend_url: null } },
  });
});

test("the ports and the errors are told", () => {
  expect(artifacts["ports_manifest.json"]).toMatchObject({ projects: [{ project: "Main", ports: { backend: { requested: 8000, final: 8001, source: "retry" }, backend_debug: { final: 9229, source: "planner" } } }] });
  expect(artifacts["error_report.json"]).toMatchObject({ errors: [{ unit: "Main/redis", reason: "process_exited", message: "redis is gone" }] });
});

test("the same state gives the same text", () => {
  expect(JSON.stringify(artifactsOf(whole, {}))).toBe(JSON.stringify(artifactsOf(JSON.parse(JSON.stringify(whole)) as typeof whole, {})));
});
