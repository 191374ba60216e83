/** A unit as the look-ups show it. Development time only. */
import { z } from "zod";
import { exit, failure } from "./model.ts";

const count = z.int().nonnegative();

export const statusWordSchema = z.enum(["running", "starting", "restarting", "stopping", "stopped", "unreachable", "stale", "degraded", "termination_failed", "unknown", "failed", "blocked", "healthy", "external", "unhealthy"]).meta({ id: "status_word" });

export const unitRow = z.strictObject({
  unit_id: z.string(),
  project: z.string(),
  name: z.string(),
  kind: z.enum(["service", "requirement"]),
  status: statusWordSchema,
  port: z.int().positive().nullable(),
  url: z.string().nullable(),
  pid: count.nullable().meta({ description: "The program, where the system tells cheaply; else as shell_pid. Of a unit inside the daemon, the daemon" }),
  shell_pid: count.nullable().meta({ description: "The shell in front of it, which leads its session and group; null for a unit inside the daemon" }),
  engine: z.string().nullable().meta({ description: "The container engine it runs on: its name under `engines`, else its address; null for what is no container" }),
  critical: z.boolean(),
  /** ISO 8601; when the present state was entered. */
  since: z.string(),
  age_seconds: z.number().nonnegative(),
  cpu: z.number().nonnegative().nullable().meta({ description: "Share of one processor core over the last seconds, 1.5 is one and a half; null while no daemon measures it" }),
  memory_bytes: count.nullable().meta({ description: "Resident memory of the whole process tree" }),
  fds: count.nullable().meta({ description: "Open file descriptors of the whole process tree" }),
  connections: count.nullable().meta({ description: "Established TCP connections; counted only for units that have a limit for them" }),
  uptime_seconds: z.number().nonnegative().nullable().meta({ description: "Since its first process began" }),
  starts: count,
  restarts: count.meta({ description: "Restarts that nobody asked for, since somebody last started it; at most 50 are counted" }),
  next_restart_at: z.string().nullable(),
  last_exit: exit.nullable().meta({ description: "How it last ended unasked" }),
  depends_on: z.array(z.string()),
  log_path: z.string(),
  detail: z.string().nullable(),
  differs: z.string().nullable(),
  failure: failure.nullable().meta({ description: "What is wrong with it, or why it was last restarted, with the last lines of its log" }),
}).meta({ id: "unit" });
export type UnitRow = z.infer<typeof unitRow>;
