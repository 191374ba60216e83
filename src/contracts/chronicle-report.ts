/** What `report` answers with `--json`. Development time only. */
import { z } from "zod";
import { usagePoint } from "./artifacts.ts";

const count = z.int().nonnegative();
const status = z.enum(["planned", "preparing", "starting", "started", "ready", "unhealthy", "stopping", "stopped", "failed", "restarting", "blocked"]);
const span = z.strictObject({ name: z.string(), startMs: z.number(), endMs: z.number().exactOptional() });

const unit = z.strictObject({
  unitId: z.string(),
  kind: z.string(),
  status: status.meta({ description: "As it was recorded last" }),
  starts: count,
  restarts: count,
  readyMs: z.number().nullable(),
  states: z.array(z.strictObject({ status, startMs: z.number(), endMs: z.number() })).readonly(),
  cpu: z.number().nullable().meta({ description: "Share of a core now; null where nobody measures it" }),
  memoryBytes: count.nullable(),
  usage: z.array(usagePoint).readonly(),
});

export const chronicleReport = z.strictObject({
  contract_version: z.literal("envctl.report.v1"),
  page: z.string().nullable().meta({ description: "Path of the page that was written; null without --html" }),
  run: z.strictObject({
    runId: z.string(),
    repository: z.string(),
    mode: z.enum(["main", "trees"]),
    startMs: z.number().meta({ description: "Epoch milliseconds, as all times here" }),
    endMs: z.number().meta({ description: "Of the run, or until when is told" }),
    isOver: z.boolean(),
    usageStepMs: count.nullable().meta({ description: "How much time a point of usage stands for" }),
    projects: z.array(z.string()).readonly(),
    units: z.array(unit).readonly(),
    waterfall: z.array(z.strictObject({ unitId: z.string(), startMs: z.number(), endMs: z.number().exactOptional(), outcome: z.enum(["running", "ready", "failed"]), spans: z.array(span).readonly() })).readonly(),
    mishaps: z.array(z.strictObject({ at: z.string(), unitId: z.string(), message: z.string(), hint: z.string().nullable(), logTail: z.array(z.string()).readonly() })).readonly(),
    tests: z.array(z.strictObject({ project: z.string(), at: z.string(), ok: z.boolean(), passed: count, failed: count })).readonly(),
    story: z.array(z.string()).readonly(),
    omitted: count,
  }),
});
export type ChronicleReport = z.infer<typeof chronicleReport>;
