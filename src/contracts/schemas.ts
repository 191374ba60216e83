/** Which schema describes what, and how it becomes JSON Schema. Development time only. */
import { z } from "zod";
import { errorReportArtifact, figuresArtifact, portsManifestArtifact, runStateArtifact, runtimeMapArtifact } from "./artifacts.ts";
import { blastAnswer } from "./blast-report.ts";
import { dbReport } from "./db-report.ts";
import { jobReport, jobsReport, resultReport, runReport } from "./job-reports.ts";
import { clearLogsReport, logsAnswer } from "./log-reports.ts";
import { event, plan } from "./model.ts";
import {
  completionReport, configReport, daemonReport, endpointsReport, envReport, errorAnswer, errorsReport, execReport, explainReport, healthReport,
  helpReport, lifecycleAnswer, listCommandsReport, listTargetsReport, preflightReport, showConfigReport, showStateReport, statusReport, versionReport,
} from "./reports.ts";
import { trustReport } from "./trust-report.ts";

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
  status: statusReport,
  health: healthReport,
  errors: errorsReport,
  endpoints: endpointsReport,
  dashboard: statusReport,
  explain: explainReport,
  "explain-startup": plan,
  preflight: preflightReport,
  "list-targets": listTargetsReport,
  "list-trees": listTargetsReport,
  "show-state": showStateReport,
  logs: logsAnswer,
  "clear-logs": clearLogsReport,
  events: event,
  "show-config": showConfigReport,
  config: configReport,
  env: envReport,
  exec: execReport,
  trust: trustReport,
  run: runReport,
  result: resultReport,
  jobs: jobsReport,
  job: jobReport,
  db: dbReport,
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
};

/** Draft 2020-12. */
export function jsonSchemaOf(title: string, schema: z.ZodType): unknown {
  const { $schema, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any", io: "output" });
  return { $schema, title, ...rest };
}
