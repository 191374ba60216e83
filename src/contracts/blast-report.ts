/** Schema of what blast-all and blast-worktree answer. Development time only. */
import { z } from "zod";
import type { BlastReport } from "../model/blast.ts";
import { failure } from "./model.ts";

const count = z.int().nonnegative();
const blasted = z.strictObject({ scope: z.string(), unitId: z.string(), pid: count, command: z.string(), ports: z.array(count), ageMs: z.number() });

const contained = z.strictObject({ scope: z.string(), unitId: z.string(), engine: z.string(), name: z.string(), containerId: z.string(), ports: z.array(count) });
const volume = z.strictObject({ scope: z.string(), project: z.string(), engine: z.string(), name: z.string() });

/** As an object, to be extended; the line below checks it against the model. */
const report = z.strictObject({
  ok: z.boolean(),
  isDryRun: z.boolean(),
  processes: z.array(blasted),
  holdouts: z.array(blasted),
  containers: z.array(contained),
  containersLeft: z.array(contained),
  volumes: z.array(volume),
  endedDaemons: z.array(z.strictObject({ scope: z.string(), pid: count })),
  releasedPorts: z.array(count),
  failures: z.array(failure),
  durationMs: z.number(),
});
void (report satisfies z.ZodType<BlastReport>);

/** `scope`: the repository it was called in. */
export const blastAnswer = report.extend({ scope: z.string() });
