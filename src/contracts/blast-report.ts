/** Schema of what blast-all and blast-worktree answer. Development time only. */
import { z } from "zod";
import type { BlastReport } from "../model/blast.ts";
import { failure } from "./model.ts";

const count = z.int().nonnegative();
const blasted = z.strictObject({ scope: z.string(), unitId: z.string(), pid: count, command: z.string(), ports: z.array(count), ageMs: z.number() });

/** As an object, to be extended; the line below checks it against the model. */
const report = z.strictObject({
  ok: z.boolean(),
  isDryRun: z.boolean(),
  processes: z.array(blasted),
  holdouts: z.array(blasted),
  endedDaemons: z.array(z.strictObject({ scope: z.string(), pid: count })),
  releasedPorts: z.array(count),
  failures: z.array(failure),
  durationMs: z.number(),
});
void (report satisfies z.ZodType<BlastReport>);

/** `scope`: the repository it was called in. */
export const blastAnswer = report.extend({ scope: z.string() });
