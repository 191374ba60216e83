/** What `debug-pack`, `debug-last` and `debug-report` answer with `--json`. Development time only. */
import { z } from "zod";
import { finding } from "./doctor-report.ts";

const count = z.int().nonnegative();
const texts = z.array(z.string()).readonly();

export const debugPackReport = z.strictObject({
  contract_version: z.literal("envctl.debug_pack.v1"),
  run_id: z.string().nullable(),
  path: z.string().nullable().meta({ description: "Of the archive; null with --dry-run" }),
  bytes: count,
  files: z.array(z.strictObject({ path: z.string(), bytes: count, sha256: z.string(), redacted: z.record(z.string(), count).meta({ description: "Rule → how often it hid something" }) })),
  missing: z.array(z.strictObject({ path: z.string(), because: z.string() })).readonly(),
});
export type DebugPackReport = z.infer<typeof debugPackReport>;

export const debugLastReport = z.strictObject({ path: z.string().nullable(), bytes: count, directory: z.string() });
export type DebugLastReport = z.infer<typeof debugLastReport>;

export const debugReport = z.strictObject({
  contract_version: z.literal("envctl.debug_report.v1"),
  run_id: z.string().nullable(),
  ok: z.boolean(),
  first_failure: z.strictObject({ unitId: z.string(), at: z.string(), reason: z.string(), chain: texts.meta({ description: "The failure, then what led to it" }), hint: z.string().nullable(), logTail: texts }).nullable(),
  failed: texts,
  blocked: texts,
  lost: texts.meta({ description: "Wanted, yet their processes are gone" }),
  slowest: z.array(z.strictObject({ unitId: z.string(), span: z.string(), durationMs: z.number() })).readonly(),
  restarts: z.record(z.string(), count),
  advice: texts,
  findings: z.array(finding),
  missing: texts,
  against: z.strictObject({ run_id: z.string(), started_at: z.string(), differences: z.array(z.strictObject({ unitId: z.string(), what: z.string(), before: z.string().nullable(), after: z.string().nullable() })) }).nullable(),
});
export type DebugReport = z.infer<typeof debugReport>;
