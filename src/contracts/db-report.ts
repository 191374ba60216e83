/** What `db` answers with `--json`. Development time only. */
import { z } from "zod";
import { failure } from "./model.ts";

const count = z.int().nonnegative();

const snapshot = z.strictObject({ name: z.string(), created_at: z.string().nullable(), version: z.string().nullable(), bytes: count, volume: z.string().exactOptional().meta({ description: "Its data are in a volume of a container engine" }) });

const list = z.strictObject({
  action: z.literal("list"),
  data: z.array(z.strictObject({ project: z.string(), requirement: z.string(), directory: z.string(), bytes: count, snapshots: z.array(snapshot) })),
});
const done = z.strictObject({
  action: z.enum(["snapshot", "restore", "clone", "reset"]),
  ok: z.boolean(),
  exit: z.literal([0, 1, 2, 3, 124]),
  project: z.string(),
  requirement: z.string(),
  snapshot: z.string().exactOptional().meta({ description: "The snapshot that was made, or read" }),
  bytes: count.meta({ description: "Of the data that were copied" }),
  durationMs: count,
  restarted: z.boolean().meta({ description: "The server was stopped and started for it" }),
  failures: z.array(failure),
});
const url = z.strictObject({ action: z.literal("url"), project: z.string(), requirement: z.string(), url: z.string() });
const shell = z.strictObject({ action: z.literal("shell"), project: z.string(), requirement: z.string(), program: z.string(), exit_code: count, signal: z.string().nullable() });

export const dbReport = z.discriminatedUnion("action", [list, done, url, shell]);
export type DbReport = z.infer<typeof dbReport>;
