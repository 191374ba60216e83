/** Which schema describes what, and how it becomes JSON Schema. Development time only. */
import { z } from "zod";
import { contractOf } from "../cli/contract.ts";
import { commitReport, compareReport, migrateReport, prReport, qaUserReport, reviewReport, shipReport, testReport } from "./action-reports.ts";
import { errorReportArtifact, figuresArtifact, portsManifestArtifact, runStateArtifact, runtimeMapArtifact, usageArtifact } from "./artifacts.ts";
import { blastAnswer } from "./blast-report.ts";
import { configReport } from "./config-report.ts";
import { dbReport } from "./db-report.ts";
import { debugLastReport, debugPackReport, debugReport } from "./debug-report.ts";
import { doctorReport, readinessArtifact } from "./doctor-report.ts";
import { debugManifestArtifact, failedTestsArtifact, provenanceArtifact, recordingArtifact, rescueArtifact, testResultsArtifact } from "./kept-artifacts.ts";
import { graphEvent, graphReport } from "./graph-report.ts";
import { openReport } from "./open-report.ts";
import { autostartReport } from "./autostart-report.ts";
import { jobReport, jobRow, jobsReport, message, queueReport, resultReport, runReport, specReport } from "./job-reports.ts";
import { clearLogsReport, logLine, logsAnswer } from "./log-reports.ts";
import { event } from "./model.ts";
import {
  completionReport, daemonReport, endpointsReport, envReport, errorAnswer, errorsReport, execReport, explainReport, healthReport,
  helpReport, lifecycleAnswer, listCommandsReport, listTargetsReport, preflightReport, showConfigReport, showStateReport, statusReport, versionReport,
} from "./reports.ts";
import { chronicleReport } from "./chronicle-report.ts";
import { pluginsReport } from "./plugins-report.ts";
import { pruneReport } from "./prune-report.ts";
import { agentReport, agentsReport, serviceReport } from "./service-reports.ts";
import { startupReport } from "./startup-report.ts";
import { suiteReport } from "./suite-report.ts";
import { supabaseUserReport } from "./supabase-user-report.ts";
import { systemReport } from "./system-report.ts";
import { trustReport } from "./trust-report.ts";
import { deleteWorktreeReport, ensuredLine, ensureWorktreeReport, planReport } from "./worktree-reports.ts";

/** Command → its answer with `--json`. */
export const reportSchemas: Readonly<Record<string, z.ZodType>> = {
  start: lifecycleAnswer,
  stop: lifecycleAnswer,
  "stop-all": lifecycleAnswer,
  restart: lifecycleAnswer,
  resume: lifecycleAnswer,
  reload: lifecycleAnswer,
  "blast-all": blastAnswer,
  "blast-worktree": blastAnswer,
  plan: planReport,
  "ensure-worktree": ensureWorktreeReport,
  import: ensureWorktreeReport,
  "delete-worktree": deleteWorktreeReport,
  "self-destruct-worktree": deleteWorktreeReport,
  status: statusReport,
  health: healthReport,
  errors: errorsReport,
  endpoints: endpointsReport,
  dashboard: statusReport,
  open: openReport,
  explain: explainReport,
  "explain-startup": startupReport,
  preflight: preflightReport,
  prune: pruneReport,
  "debug-pack": debugPackReport,
  "debug-report": debugReport,
  report: chronicleReport,
  "debug-last": debugLastReport,
  doctor: doctorReport,
  "list-targets": listTargetsReport,
  "list-trees": listTargetsReport,
  "show-state": showStateReport,
  logs: logsAnswer,
  "clear-logs": clearLogsReport,
  "show-config": showConfigReport,
  config: configReport,
  env: envReport,
  exec: execReport,
  trust: trustReport,
  plugins: pluginsReport,
  test: testReport,
  review: reviewReport,
  commit: commitReport,
  pr: prReport,
  ship: shipReport,
  migrate: migrateReport,
  compare: compareReport,
  "qa-user": qaUserReport,
  run: runReport,
  result: resultReport,
  jobs: jobsReport,
  job: jobReport,
  queue: queueReport,
  graph: graphReport,
  autostart: autostartReport,
  spec: specReport,
  system: systemReport,
  suite: suiteReport,
  svc: serviceReport,
  agents: agentsReport,
  db: dbReport,
  "supabase-user": supabaseUserReport,
  daemon: daemonReport,
  "list-commands": listCommandsReport,
  completion: completionReport,
  help: helpReport,
  version: versionReport,
};

/** Everything else that is read by others. */
export const artifactSchemas: Readonly<Record<string, z.ZodType>> = {
  error: errorAnswer,
  events: event,
  run_state: runStateArtifact,
  runtime_map: runtimeMapArtifact,
  ports_manifest: portsManifestArtifact,
  error_report: errorReportArtifact,
  figures: figuresArtifact,
  usage: usageArtifact,
  runtime_readiness_report: readinessArtifact,
  test_results: testResultsArtifact,
  failed_tests_manifest: failedTestsArtifact,
  worktree_provenance: provenanceArtifact,
  rescue_note: rescueArtifact,
  debug_manifest: debugManifestArtifact,
  recording: recordingArtifact,
  worktree_ensured: ensuredLine,
  log_line: logLine,
  message,
  graph_event: graphEvent,
  agent_state: agentReport,
  job_row: jobRow,
  // JSON-RPC, as the Model Context Protocol has it.
  mcp_message: z.looseObject({ jsonrpc: z.literal("2.0") }),
};

type Json = z.core.JSONSchema.JSONSchema;

/** The answers as they are written: each form names the contract, unless it does so itself or has no fields of its own. */
export function answerSchemas(): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(reportSchemas).map(([command, schema]) => [command, withContract(jsonOf(schema), contractOf(command))]));
}

/** Schemas of everything else, as JSON Schema. */
export function otherSchemas(): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(artifactSchemas).map(([name, schema]) => [name, jsonOf(schema)]));
}

/** Draft 2020-12. */
function jsonOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { unrepresentable: "any", io: "output" });
}

function withContract(schema: Json, contract: string): Json {
  const each = (forms: readonly Json[]): Json[] => forms.map((form) => withContract(form, contract));
  if (schema.anyOf !== undefined) return { ...schema, anyOf: each(schema.anyOf) };
  if (schema.oneOf !== undefined) return { ...schema, oneOf: each(schema.oneOf) };
  if (schema.properties === undefined || schema.required?.includes("contract_version") === true) return schema;
  return { ...schema, properties: { contract_version: { type: "string", const: contract }, ...schema.properties }, required: ["contract_version", ...(schema.required ?? [])] };
}
