/** What each command answers with `--json`. Development time only: commands use the types, the generator writes the schemas. */
import { z } from "zod";
import { contractOf } from "../cli/contract.ts";
import { legacyState } from "./legacy-report.ts";
import { finding } from "./doctor-report.ts";
import { failure, plan, runReport, runState } from "./model.ts";
import { startupReport } from "./startup-report.ts";
import { statusWordSchema, unitRow } from "./unit-row.ts";

const count = z.int().nonnegative();
const port = z.int().positive().nullable();
const mode = z.enum(["main", "trees"]);
const texts = z.array(z.string());
const map = <T extends z.ZodType>(value: T) => z.record(z.string(), value);

export const statusReport = z.strictObject({
  found: z.boolean(),
  run_id: z.string().nullable(),
  mode: mode.nullable(),
  repository: z.string(),
  started_at: z.string().nullable(),
  stopped_at: z.string().nullable(),
  // Whether a daemon lives: without one nobody restarts, probes or measures.
  supervised: z.boolean(),
  cwd_project: z.string().nullable(),
  projects: z.array(z.strictObject({ name: z.string(), root: z.string(), branch: z.string().nullable(), slot: count, units: z.array(unitRow) })),
  status_counts: map(count),
  // Unit → what the configuration says otherwise than what runs, units it would add included; why it cannot be read.
  differing: map(z.string()), configuration_problem: failure.nullable(),
  warnings: texts,
});
export type StatusReport = z.infer<typeof statusReport>;

const issue = z.strictObject({ unit_id: z.string(), status: statusWordSchema, reason: z.string().nullable(), message: z.string(), hint: z.string().nullable() });
const recentFailure = z.strictObject({ at: z.string(), unit_id: z.string(), reason: z.string(), message: z.string(), hint: z.string().nullable() });

export const healthReport = z.strictObject({
  run_id: z.string(),
  mode,
  supervised: z.boolean(),
  projects: texts,
  services: z.array(unitRow),
  dependencies: z.array(z.strictObject({ project: z.string(), storage_key: z.string(), component: z.string(), status: statusWordSchema, port, resources: map(count), detail: z.string().nullable() })),
  status_counts: z.strictObject({ ok: count, warn: count, bad: count }),
  healthy: z.boolean(),
  ok: z.boolean(),
  overall: z.enum(["healthy", "degraded", "unhealthy"]),
  blocking: z.boolean(),
  strict_blocking: z.boolean(),
  critical_services_healthy: z.boolean(),
  optional_failures: texts,
  critical_failures: texts,
  cwd_project: z.string().nullable(),
  warnings: texts,
  issues: z.strictObject({ failing_services: z.array(issue), requirement_issues: z.array(issue), recent_failures: z.array(recentFailure) }),
});
export type HealthReport = z.infer<typeof healthReport>;

export const errorsReport = z.strictObject({
  run_id: z.string(),
  mode,
  selected_services: texts,
  failed_services: z.array(z.strictObject({ name: z.string(), status: statusWordSchema, log_path: z.string(), failure: failure.nullable() })),
  requirement_issues: z.array(issue),
  recent_failures: z.array(recentFailure),
  log_issues: z.array(z.strictObject({ service: z.string(), status: statusWordSchema, log_path: z.string(), lines: texts })),
  ok: z.boolean(),
});
export type ErrorsReport = z.infer<typeof errorsReport>;

const endpoint = z.strictObject({ name: z.string(), status: statusWordSchema, port, local_url: z.string().nullable(), public_url: z.string().nullable(), health_url: z.string().nullable() }).meta({ id: "endpoint" });
const projectEndpoints = {
  project: z.string(),
  project_root: z.string(),
  frontend: endpoint.nullable(),
  backend: endpoint.nullable(),
  additional_services: map(endpoint),
  dependencies: map(z.strictObject({ enabled: z.boolean(), status: statusWordSchema, port, resources: map(count), url: z.string().nullable() })),
};

export const endpointsReport = z.strictObject({
  ok: z.boolean(),
  run_id: z.string(),
  mode,
  projects: z.array(z.strictObject(projectEndpoints)),
  // Of the only project shown, at the top as well: where readers of the Python engine's answer look.
  ...z.strictObject(projectEndpoints).partial().shape,
});
export type EndpointsReport = z.infer<typeof endpointsReport>;
export type ProjectEndpoints = EndpointsReport["projects"][number];
export type Endpoint = z.infer<typeof endpoint>;

export const envReport = z.strictObject({ unit_id: z.string(), directory: z.string(), is_revealed: z.boolean(), inherited: count, env: map(z.string()) });
export type EnvReport = z.infer<typeof envReport>;

export const execReport = z.strictObject({ unit_id: z.string(), directory: z.string(), command: texts, exit_code: count, signal: z.string().nullable(), ok: z.boolean() });
export type ExecReport = z.infer<typeof execReport>;

const origin = z.strictObject({
  layer: z.string(),
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
  name: z.string().exactOptional(),
});
const command = z.union([z.string(), texts]);

const effectiveService = z.strictObject({
  enabled: z.boolean(),
  dir: z.string(),
  command,
  port: z.union([z.int(), z.literal("none")]),
  ports: map(z.int()),
  ready: z.looseObject({ kind: z.string() }).nullable(),
  ready_timeout_ms: z.number(),
  depends_on: texts,
  env: map(z.string()),
  critical: z.boolean(),
  prepare: z.array(z.strictObject({ name: z.string(), command, inputs: texts })),
  stop: z.strictObject({ signal: z.string(), to: z.string(), grace_ms: z.number() }),
  public_url: z.string().nullable(),
  health_url: z.string().nullable(),
});

export const showConfigReport = z.strictObject({
  base_dir: z.string(),
  execution_root: z.string(),
  config_file: z.string(),
  config_exists: z.boolean(),
  config_source: z.enum(["envctl", "detected"]),
  files: texts,
  effective: z.strictObject({
    version: z.literal(1),
    default_mode: mode,
    public_host: z.string(),
    port_spacing: z.int(),
    services: map(effectiveService),
    requirements: map(z.strictObject({ enabled: z.boolean(), engine: z.string(), settings: map(z.unknown()) })),
    modes: map(z.strictObject({ enabled: z.boolean(), services: texts.nullable(), requirements: texts.nullable() })),
    optional_env: map(map(z.string())),
  }),
  /** Every key there can be for what is configured, as it is written in the file; `unset` ones have no value. */
  settings: map(z.strictObject({ value: z.string(), state: z.enum(["set", "otherwise", "unset"]), origin })),
  /** `services.backend.port` → where it was set. */
  origins: map(origin),
  warnings: texts,
});
export type ShowConfigReport = z.infer<typeof showConfigReport>;

export const showStateReport = z.strictObject({
  found: z.boolean(),
  mode: mode.nullable(),
  runtime_root: z.string(),
  run_state_path: z.string(),
  state: z.looseObject({}).nullable(),
  runtime_map: z.looseObject({}).nullable(),
  run: runState.nullable(),
  legacy: legacyState.nullable(),
  cwd_project: z.string().nullable(),
  warnings: texts,
});
export type ShowStateReport = z.infer<typeof showStateReport>;

const reason = z.strictObject({
  topic: z.enum(["status", "port", "order", "value", "environment", "command", "holder"]),
  /** 0 for a statement, 1 and more for what led to the one before. */
  depth: count,
  text: z.string(),
  place: z.strictObject({ file: z.string(), line: z.int().exactOptional(), column: z.int().exactOptional() }).exactOptional(),
});
export const explainReport = z.strictObject({ query: z.string(), kind: z.enum(["unit", "port", "key"]), subject: z.string(), reasons: z.array(reason) });
export type ExplainReport = z.infer<typeof explainReport>;
export type ExplainReason = z.infer<typeof reason>;

const flag = z.strictObject({ name: z.string(), short: z.string().nullable(), value: z.string().nullable(), many: z.boolean(), choices: texts, aliases: texts, about: z.string() });
export const listCommandsReport = z.strictObject({
  commands: texts,
  details: z.array(
    z.strictObject({
      name: z.string(),
      aliases: texts,
      family: z.string(),
      about: z.string(),
      needs: z.string(),
      streams: z.boolean(),
      takes_passthrough: z.boolean(),
      args: z.array(z.strictObject({ name: z.string(), about: z.string(), required: z.boolean(), many: z.boolean(), choices: texts })),
      flags: z.array(flag),
      examples: texts,
    }),
  ),
  global_flags: z.array(flag),
});
export type ListCommandsReport = z.infer<typeof listCommandsReport>;

export const listTargetsReport = z.strictObject({
  mode,
  count,
  projects: z.array(
    z.strictObject({
      name: z.string(),
      root: z.string(),
      branch: z.string().nullable(),
      slot: count,
      ports: map(count),
      selected: z.boolean(),
      preselected: z.boolean(),
      state_present: z.boolean(),
      services_running: count,
      running: z.boolean(),
    }),
  ),
  state_error: z.string().nullable(),
  disabled: texts,
  warnings: texts,
});
export type ListTargetsReport = z.infer<typeof listTargetsReport>;

export const helpReport = z.strictObject({ topic: z.string().nullable(), text: texts });
export type HelpReport = z.infer<typeof helpReport>;

export const versionReport = z.strictObject({ version: z.string(), node: z.string(), platform: z.string() });
export type VersionReport = z.infer<typeof versionReport>;

export const completionReport = z.strictObject({ shell: z.enum(["bash", "zsh", "fish", "powershell"]), script: z.string() });
export type CompletionReport = z.infer<typeof completionReport>;

/** What every command answers instead of its report when it cannot do its work. */
export const errorAnswer = z.strictObject({ contract_version: z.literal(contractOf("error")), ok: z.literal(false), error: failure, errors: z.array(failure).exactOptional() });

/** The last line of start, stop, restart, resume and reload; the lines before it are events. With `--dry-run`, the plan alone. */
export const lifecycleAnswer = z.discriminatedUnion("type", [runReport.extend({ type: z.literal("report") }), plan.extend({ type: z.literal("plan") })]);

export const daemonReport = z.strictObject({
  ok: z.boolean(),
  running: z.boolean(),
  action: z.enum(["status", "start", "stop", "restart", "logs"]),
  pid: count.nullable(),
  version: z.string().nullable(),
  started_at: z.string().nullable(),
  units: count,
  socket: z.string(),
  log_path: z.string(),
  lines: texts.exactOptional(),
});

export const preflightReport = z.strictObject({
  contract_version: z.literal("envctl.preflight.v1"),
  surface: z.literal("preflight"),
  command: z.literal("start"),
  mode: z.string().nullable(),
  ok: z.boolean(),
  startup_enabled: z.boolean(),
  selection_required: z.boolean(),
  startup: startupReport.nullable(),
  blocking: z.array(failure),
  readiness: z.array(finding),
});
