/** What `system` answers with `--json`. Development time only. */
import { z } from "zod";

const count = z.int().nonnegative();

export const systemReport = z.discriminatedUnion("action", [
  z.strictObject({ action: z.enum(["dump", "load"]), path: z.string(), dry_run: z.boolean(), messages: count, aliases: count, jobs: count, left_out: z.array(z.string()).meta({ description: "Jobs whose output is too large for a document" }) }),
  z.strictObject({ action: z.literal("tidy"), queues: z.array(z.string()), jobs: z.array(z.string()), remains: count }),
]);
export type SystemReport = z.infer<typeof systemReport>;
