/** What `doctor` answers with `--json`, and the readiness report of a run. Development time only. */
import { z } from "zod";
import type { FailureReason } from "../model/failure.ts";
import { gates } from "../model/finding.ts";

const count = z.int().nonnegative();

export const finding = z.strictObject({
  id: z.string().meta({ description: "Of the check" }),
  title: z.string(),
  status: z.enum(["pass", "warn", "fail"]),
  detail: z.string(),
  hint: z.string().exactOptional(),
  fix: z.string().exactOptional().meta({ description: "What --fix would do about it, or did" }),
  reason: z.custom<FailureReason>((value) => typeof value === "string").meta({ type: "string" }).exactOptional(),
});

export const doctorReport = z.strictObject({
  contract_version: z.literal("envctl.doctor.v1"),
  ok: z.boolean(),
  repository: z.string(),
  version: z.string(),
  duration_ms: count,
  counts: z.strictObject({ pass: count, warn: count, fail: count }),
  findings: z.array(finding),
  fixed: z.array(z.strictObject({ id: z.string(), fix: z.string(), ok: z.boolean(), error: z.string().exactOptional() })),
});
export type DoctorReport = z.infer<typeof doctorReport>;

/** `runtime_readiness_report.json`: what the checks before a start found. */
export const readinessArtifact = z.strictObject({
  schema_version: z.literal(1),
  run_id: z.string(),
  gate: z.enum(gates),
  plan_hash: z.string(),
  generated_at: z.string(),
  passed: z.boolean(),
  errors: z.array(z.string()),
  warnings: z.array(z.string()),
  checks: z.array(finding),
});
