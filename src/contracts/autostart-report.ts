/** What `autostart` answers with `--json`. Development time only. */
import { z } from "zod";
import { failure } from "./model.ts";

export const autostartReport = z.strictObject({
  action: z.enum(["list", "reload"]),
  ok: z.boolean(),
  autostarts: z.array(z.strictObject({
    name: z.string(),
    path: z.string(),
    mode: z.enum(["once", "ensure", "timed"]).nullable(),
    status: z.enum(["off", "waiting", "running", "restarting", "done", "degraded", "stopped", "untrusted", "invalid"]).meta({ description: "off: no daemon has begun it" }),
    restarts: z.int().nonnegative(),
    next_at: z.string().nullable().meta({ description: "When it is begun next" }),
    tid: z.string().nullable().meta({ description: "The last job of it" }),
    error: failure.nullable(),
  })),
});
export type AutostartReport = z.infer<typeof autostartReport>;
