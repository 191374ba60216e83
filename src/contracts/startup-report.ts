/** What `explain-startup` answers with `--json`: the plan, and the Python engine's fields beside it. Development time only. */
import { z } from "zod";
import type { Plan } from "../model/plan.ts";
import { plan } from "./model.ts";

const texts = z.array(z.string());
const maybeRun = z.string().exactOptional();

const beside = z.strictObject({
  command: z.literal("start"),
  application_runtime: z.literal("process"),
  headless: z.boolean(),
  interactive_tty: z.boolean(),
  selection: z.strictObject({ required: z.boolean(), reason: z.string(), selected_projects: texts, discovered_projects: texts, preselected_projects: texts.meta({ description: "Those that were named" }) }),
  startup_enabled: z.boolean(),
  services: texts,
  dependencies: texts,
  additional_service_urls: z.record(z.string(), z.record(z.string(), z.string())).meta({ description: "Project → service → URL, of services other than backend and frontend" }),
  warnings: texts.readonly(),
  parallel_trees: z.strictObject({ enabled: z.boolean(), workers: z.int() }).meta({ description: "Projects of one start begin together, all of them at once" }),
  plan_agent_launch: z.strictObject({ enabled: z.literal(false), reason: z.string() }),
  auto_resume: z.strictObject({ eligible: z.boolean(), existing_state_found: z.boolean(), exact_match: z.boolean(), subset_match: z.boolean(), will_resume: z.boolean(), reason: z.string(), run_id: maybeRun }),
  run_reuse: z.strictObject({
    decision_kind: z.enum(["join_live_run", "new_run"]),
    reason: z.string(),
    will_reuse_run: z.boolean(),
    will_resume_services: texts,
    selected_projects: z.array(z.strictObject({ name: z.string(), root: z.string() })),
    state_projects: texts,
    weak_identity: z.literal(false).meta({ description: "A run belongs to the real path of its repository, which is never guessed" }),
    mismatch_details: z.array(z.strictObject({ unit_id: z.string(), because: z.string() })).meta({ description: "What the live run has otherwise, and so would not go on as it is" }),
    run_id: maybeRun,
  }),
  env_projection: z.strictObject({
    contract_version: z.literal("envctl.env_projection.v1"),
    projects: z.record(z.string(), z.strictObject({
      dependency_ports: z.record(z.string(), z.int()),
      services: z.record(z.string(), z.strictObject({ 
        argv: texts,
        command_source: z.string().meta({ description: "File, line and column, or the layer that says the command" }),
        directory: z.string(),
        env: z.record(z.string(), z.string()),
        env_overlays: texts.meta({ description: "Names of the variables that are set over those of the caller: all of `env`" }),
        cors: z.strictObject({ variables: texts, origins: texts }).meta({ description: "Variables whose names say CORS or ORIGIN, and the origins in them" }),
        because: z.string(),
      })),
    })),
  }),
});

export const startupReport = plan.extend(beside.shape);
export type StartupReport = Plan & z.infer<typeof beside>;
