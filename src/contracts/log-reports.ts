/** What `logs` and `clear-logs` answer with `--json`. Development time only. */
import { z } from "zod";
import { statusWordSchema } from "./unit-row.ts";

const count = z.int().nonnegative();
const mode = z.enum(["main", "trees"]);
const texts = z.array(z.string());

/** `at` is exact to a tenth of a second, or what the line says itself; where nobody knows better, it was written between `from` and `to`. */
export const logLine = z.strictObject({ unit: z.string(), at: z.string().nullable(), from: z.string().exactOptional(), to: z.string().exactOptional(), text: z.string() });
export const logsReport = z.strictObject({
  run_id: z.string(),
  mode,
  tail: count.nullable(),
  follow_requested: z.boolean(),
  streaming: z.boolean(),
  services: z.array(z.strictObject({ name: z.string(), status: statusWordSchema, log_path: z.string(), exists: z.boolean(), size_bytes: count, tail_lines: count, reason: z.string().nullable() })),
  /** Empty after `--follow`, whose lines went out one by one. */
  lines: z.array(logLine),
  /** For `--after`: what is written from here on. */
  cursor: z.string(),
});
export type LogsReport = z.infer<typeof logsReport>;

/** With `--verify`. What was written is what was dropped by rule, is in pieces, and is in the file. */
export const logsVerification = z.strictObject({
  run_id: z.string(),
  mode,
  services: z.array(
    z.strictObject({
      name: z.string(),
      log_path: z.string(),
      written_bytes: count,
      dropped_bytes: count,
      piece_bytes: count,
      pieces: count,
      live_bytes: count,
      indexed_bytes: count,
      complete: z.boolean(),
      problems: texts,
    }),
  ),
  problems: texts,
  ok: z.boolean(),
});
export type LogsVerification = z.infer<typeof logsVerification>;
export const logsAnswer = z.union([logsReport, logsVerification]);

export const clearLogsReport = z.strictObject({
  run_id: z.string(),
  mode,
  summary: z.strictObject({ cleared: count, missing: count, unavailable: count, failed: count }),
  services: z.array(z.strictObject({ name: z.string(), log_path: z.string(), result: z.enum(["cleared", "missing", "unavailable", "failed"]), freed_bytes: count, reason: z.string().nullable() })),
  ok: z.boolean(),
});
export type ClearLogsReport = z.infer<typeof clearLogsReport>;
