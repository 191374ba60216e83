/** What `graph` answers with `--json`. Development time only. */
import { z } from "zod";

const count = z.int().nonnegative();
const texts = z.array(z.string());
const time = z.string().nullable();
const values = z.record(z.string(), z.string());
const status = z.enum(["pass", "skip", "warn", "fail", "timeout", "error"]);
const records = z.array(z.strictObject({ name: z.string(), status, message: z.string().exactOptional() })).meta({ description: "Those it wrote down, then its own" });

const unit = z.strictObject({
  id: z.string(),
  command: texts,
  directory: z.string(),
  requires: texts,
  provides: texts,
  uses: texts,
  claims: texts,
  priority: z.int(),
  pool: z.string().nullable(),
  group: z.string().nullable(),
  params: values,
  place: z.string().meta({ description: "Where it is written" }),
});
export type GraphUnitRow = z.infer<typeof unit>;

const ran = z.strictObject({
  id: z.string(),
  status,
  reason: z.string().nullable(),
  started_at: time.meta({ description: "Null when it did not run" }),
  ended_at: z.string(),
  duration_ms: count.nullable(),
  exit_code: z.int().nullable(),
  signal: z.string().nullable(),
  records,
  facts: values.meta({ description: "Values that look secret are hidden" }),
  log_path: z.string().nullable(),
});
export type GraphResultRow = z.infer<typeof ran>;

const problem = z.strictObject({ kind: z.string(), message: z.string(), hint: z.string().nullable(), path: texts.meta({ description: "Of a cycle: from a unit back to itself" }) });

const at = { at: z.string() };
const result = z.strictObject({ status, reason: z.string().exactOptional(), startedAt: z.string().exactOptional(), endedAt: z.string(), exit: z.looseObject({ kind: z.string() }).exactOptional(), records, facts: values, hash: z.string() });
/** A line of `graph events`, and of a run's events.jsonl. */
export const graphEvent = z.discriminatedUnion("type", [
  z.strictObject({ ...at, type: z.literal("graph_began"), run: z.string(), project: z.string(), units: texts }),
  z.strictObject({ ...at, type: z.enum(["unit_kept", "unit_ended"]), unit: z.string(), result }),
  z.strictObject({ ...at, type: z.literal("unit_added"), unit: z.string(), by: z.string().nullable(), directory: z.string(), definition: z.unknown() }),
  z.strictObject({ ...at, type: z.literal("unit_began"), unit: z.string() }),
  z.strictObject({ ...at, type: z.literal("graph_ended"), ok: z.boolean() }),
]);

export const graphReport = z.union([
  z.strictObject({ action: z.literal("check"), ok: z.boolean(), units: count, problems: z.array(problem), warnings: texts }),
  z.strictObject({ action: z.literal("units"), from: z.string(), units: z.array(unit) }),
  z.strictObject({
    action: z.literal("show"),
    nodes: z.array(z.strictObject({ id: z.string(), status: z.string().nullable().meta({ description: "The last result, empty where there is none; null for what is no unit" }) })),
    edges: z.array(z.strictObject({ from: z.string(), to: z.string() })),
    lines: texts,
  }),
  z.strictObject({
    action: z.literal("run"),
    run_id: z.string().nullable().meta({ description: "Null when there was nothing to run" }),
    ok: z.boolean(),
    exit_code: z.int(),
    counts: z.record(z.string(), count).meta({ description: "By status; kept are those whose result of before counts" }),
    units: z.array(ran),
  }),
  z.strictObject({ action: z.literal("add"), run_id: z.string(), added: texts, problems: texts }),
]);
export type GraphAnswer = z.infer<typeof graphReport>;
