/**
 * A run of the Python engine, as its files have it: recognised and shown, never acted on. Its scope has the same name as
 * ours, below `$RUN_SH_RUNTIME_DIR`, else `<temporary directory>/envctl-runtime`.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJson } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import type { ProcessTable } from "../host/process-row.ts";

export interface LegacyService {
  /** `Main backend`. */
  readonly name: string;
  readonly status: string | null;
  readonly port: number | null;
  readonly pid: number | null;
  /** The process lives, and works in the directory that was noted. */
  readonly lives: boolean;
}

export interface LegacyState {
  readonly path: string;
  readonly run_id: string | null;
  readonly mode: string | null;
  readonly services: readonly LegacyService[];
  /** `Main postgres`. */
  readonly requirements: readonly string[];
}

/** Undefined when there is none. */
export function legacyState(scopeId: string, { environment }: Pick<Host, "environment">, table: Pick<ProcessTable, "describe">): LegacyState | undefined {
  const path = join(environment["RUN_SH_RUNTIME_DIR"] || join(tmpdir(), "envctl-runtime"), "python-engine", scopeId, "run_state.json");
  const content = recordOf(readJson(path));
  const services = recordOf(content?.["services"]);
  // Ours has the state itself under `run`.
  if (content === undefined || services === undefined || content["run"] !== undefined) return undefined;
  return {
    path,
    run_id: textOf(content["run_id"]),
    mode: textOf(content["mode"]),
    services: Object.entries(services).map(([name, value]) => serviceOf(name, recordOf(value) ?? {}, table)),
    requirements: Object.entries(recordOf(content["requirements"]) ?? {}).flatMap(([project, value]) => Object.entries(recordOf(recordOf(value)?.["components"]) ?? {}).flatMap(([name, component]) => (recordOf(component)?.["enabled"] === true ? [`${project} ${name}`] : []))),
  };
}

function serviceOf(name: string, record: Readonly<Record<string, unknown>>, table: Pick<ProcessTable, "describe">): LegacyService {
  const pid = numberOf(record["pid"]);
  const cwd = textOf(record["cwd"]);
  return { name, status: textOf(record["status"]), port: numberOf(record["actual_port"]) ?? numberOf(record["requested_port"]), pid, lives: pid !== null && cwd !== null && table.describe(pid).directory === cwd };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}
