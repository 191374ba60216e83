/** What `prune` answers with `--json`. Development time only. */
import { z } from "zod";
import { failure } from "./model.ts";
import { keptKinds } from "../model/pruning.ts";

const count = z.int().nonnegative();
const thing = z.strictObject({ kind: z.enum(keptKinds), name: z.string(), bytes: count, last_used: z.string() });

export const pruneReport = z.strictObject({
  ok: z.boolean(),
  removed: z.array(thing).meta({ description: "With --dry-run: what would be" }),
  is_dry_run: z.boolean(),
  freed_bytes: count,
  kinds: z.array(z.strictObject({ kind: z.enum(keptKinds), count, bytes: count, oldest: z.string().nullable() })).meta({ description: "Of what stays" }),
  kept_data: z.array(thing).meta({ description: "Databases, snapshots, rescued work: removed only when they are named" }),
  legacy: z.strictObject({ path: z.string(), lives: z.boolean() }).nullable().meta({ description: "State of the Python engine: told, and left alone" }),
  failures: z.array(failure).readonly().meta({ description: "Why databases that were named are still there" }),
});
export type PruneReport = z.infer<typeof pruneReport>;
