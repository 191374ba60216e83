/** What `show-state` tells of a run of the Python engine. Development time only. */
import { z } from "zod";
import type { LegacyState } from "../state/legacy-state.ts";

export const legacyState: z.ZodType<LegacyState> = z.strictObject({
  path: z.string(),
  run_id: z.string().nullable(),
  mode: z.string().nullable(),
  services: z.array(z.strictObject({ name: z.string(), status: z.string().nullable(), port: z.int().nullable(), pid: z.int().nullable(), lives: z.boolean().meta({ description: "The process lives, and works in the directory that was noted" }) })),
  requirements: z.array(z.string()),
});
