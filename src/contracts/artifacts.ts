/** Schemas of the files a run leaves on disk. Development time only. */
import { z } from "zod";
import type { Figures } from "../model/figures.ts";
import type { UsageHistory } from "../model/usage-history.ts";
import { failure, handle, runState } from "./model.ts";

const count = z.int().nonnegative();
const port = z.int().positive().nullable();
const text = z.string().nullable();
const mode = z.enum(["main", "trees"]);
const map = <T extends z.ZodType>(value: T) => z.record(z.string(), value);
const version = z.literal(1);

const serviceRecord = z.object({
  type: z.string(),
  project: z.string(),
  service_slug: z.string(),
  cwd: z.string(),
  pid: count.nullable(),
  requested_port: port,
  actual_port: port,
  listener_expected: z.boolean(),
  log_path: text,
  status: z.string(),
  started_at: text,
  public_url: text,
  health_url: text,
  failure_detail: text,
  critical: z.boolean(),
  runtime_kind: z.string(),
});

const component = z.object({
  id: z.string(),
  enabled: z.boolean(),
  success: z.boolean(),
  health: z.string(),
  requested: port,
  final: port,
  resources: map(count),
  version: text,
  data_directory: text,
  pid: count.nullable(),
  log_path: text,
  error: text,
});

export const runStateArtifact = z.object({
  schema_version: version,
  run_id: z.string(),
  mode,
  backend_mode: z.literal("process"),
  services: map(serviceRecord),
  requirements: map(z.object({ project: z.string(), components: map(component) })),
  pointers: map(z.string()),
  metadata: z.looseObject({ project_names: z.array(z.string()), project_roots: map(z.string()), repo_scope_id: z.string() }),
  run: runState,
});

export const runtimeMapArtifact = z.object({
  schema_version: version,
  backend_mode: z.literal("process"),
  mode,
  run_id: z.string(),
  projects: map(z.object({ backend_port: port, frontend_port: port, services: map(serviceRecord) })),
  port_to_service: map(z.string()),
  service_to_actual_port: map(count),
  service_to_url: map(z.string()),
  projection: map(z.looseObject({ backend_port: port, frontend_port: port, services: map(z.looseObject({ port, url: text, status: z.string() })) })),
});

export const portsManifestArtifact = z.object({
  schema_version: version,
  run_id: z.string(),
  mode,
  projects: z.array(z.object({ project: z.string(), root: z.string(), ports: map(z.object({ requested: count, assigned: count, final: count, source: z.string() })) })),
});

export const errorReportArtifact = z.object({
  schema_version: version,
  run_id: z.string(),
  generated_at: z.string(),
  errors: z.array(z.looseObject({ at: z.string(), unit: z.string(), reason: z.string(), message: z.string(), cause: failure.exactOptional() })),
  warnings: z.array(z.looseObject({ at: z.string(), code: z.string(), message: z.string() })),
});

export const usagePoint = z.tuple([z.number(), z.number().nonnegative().nullable(), count]).readonly().meta({ description: "When a step began (epoch milliseconds), the highest share of a core in it, the most resident bytes" });

/** With its run: what units used over its time. */
export const usageArtifact: z.ZodType<UsageHistory> = z.object({
  schema_version: version,
  run_id: z.string(),
  step_ms: count.meta({ description: "How much time one point stands for" }),
  units: map(z.array(usagePoint)),
});

export const figuresArtifact: z.ZodType<Figures> = z.object({
  schema_version: version,
  at: z.string(),
  period_ms: count,
  daemon: handle,
  units: map(
    z.object({
      pid: count,
      cpu: z.number().nonnegative().nullable(),
      memory_bytes: count,
      fds: count.nullable(),
      connections: count.exactOptional(),
      processes: count,
      uptime_ms: count,
    }),
  ),
});
