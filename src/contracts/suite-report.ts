/** What `suite` answers with `--json`. Development time only. */
import { z } from "zod";
import { scriptStatuses } from "../model/suite.ts";
import { failure } from "./model.ts";

const count = z.int().nonnegative();
const texts = z.array(z.string());
const status = z.enum(scriptStatuses);

const list = z.strictObject({
  action: z.enum(["list", "list-configs"]),
  suites: z.array(z.strictObject({
    name: z.string(),
    listed: z.string().meta({ description: "What --list-configs calls it" }),
    file: z.string().nullable(),
    folder: z.string().nullable(),
  })),
});

const plan = z.strictObject({
  action: z.literal("plan"),
  suite: z.string(),
  config: z.string(),
  directory: z.string().meta({ description: "Where scripts run" }),
  own_project: z.boolean().meta({ description: "Whether a throw-away project is made for it" }),
  services: texts.nullable().meta({ description: "Null: what a worktree starts" }),
  units: texts.meta({ description: "What it starts, with what that needs" }),
  settings: z.record(z.string(), z.string()).meta({ description: "Configuration keys that differ in the throw-away project" }),
  environment: z.record(z.string(), z.string()).meta({ description: "What the suite sets, secrets masked" }),
  workers: count.meta({ description: "So many scripts at once" }),
  scripts: z.array(z.strictObject({ name: z.string(), command: texts, trouble: z.string().nullable(), timeout_ms: count, requires: texts, uses: texts, claims: texts })),
});

const run = z.strictObject({
  action: z.literal("run"),
  ok: z.boolean(),
  exit: z.literal([0, 1, 2, 3, 124]),
  id: z.string(),
  suite: z.string(),
  config: z.string(),
  is_interrupted: z.boolean().meta({ description: "`--resume` finishes it" }),
  project: z.string().nullable().meta({ description: "The throw-away project; null where none was needed" }),
  duration_ms: count,
  counts: z.strictObject({ PASS: count, FAIL: count, SKIP: count, XFAIL: count, XPASS: count }),
  results: z.array(z.strictObject({
    name: z.string().meta({ description: "suite::script" }),
    status,
    duration_ms: count,
    exit_code: count.nullable(),
    reason: z.string().nullable(),
    log_path: z.string().nullable(),
    output: texts.meta({ description: "Its last lines, where they are asked for or it failed" }),
  })),
  not_run: texts,
  directory: z.string().meta({ description: "Outputs of scripts" }),
  process_logs: z.string().nullable().meta({ description: "Directory with the logs of the project's processes" }),
  junit_path: z.string().nullable(),
  shown: z.enum(["summary", "detail", "both"]).meta({ description: "What --report asked for" }),
  failures: z.array(failure),
});

export const suiteReport = z.discriminatedUnion("action", [list, plan, run]);
export type SuiteReport = z.infer<typeof suiteReport>;
