/** A plan with the fields the Python engine's readers look for: what is selected, whether a run goes on, what each service gets. */
import type { CommandInput } from "../cli/command.ts";
import type { StartupReport } from "../contracts/startup-report.ts";
import type { ResolvedConfig } from "../model/config.ts";
import type { Plan, PlanNode } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import { mainPort } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import { configRequest, originText } from "./show-config.ts";

/** `plan` is shown as it is: secrets in it are hidden already. */
export async function startupReport(plan: Plan, input: Pick<CommandInput, "isInteractive" | "flags">, runtime: Pick<EngineRuntime, "repository" | "resolveConfig" | "discoverProjects">): Promise<StartupReport> {
  const state = runtime.repository.latest()?.state;
  const of = (name: string): readonly PlanNode[] => plan.nodes.filter(({ spec }) => spec.project === name);
  const [discovered, ...projections] = await Promise.all([runtime.discoverProjects(), ...plan.projects.map(async ({ name, root }) => [name, projection(of(name), await runtime.resolveConfig({ ...configRequest(input), projectRoot: root }))] as const)]);
  const services = plan.nodes.filter(({ spec }) => spec.kind === "service");
  return {
    ...plan,
    command: "start",
    application_runtime: "process",
    headless: !input.isInteractive,
    interactive_tty: input.isInteractive,
    selection: selectionOf(plan, input, discovered.map(({ name }) => name)),
    startup_enabled: plan.nodes.length > 0,
    services: [...new Set(services.map(({ spec }) => spec.name))],
    dependencies: [...new Set(plan.nodes.filter(({ spec }) => spec.kind === "requirement").map(({ spec }) => spec.name))],
    additional_service_urls: Object.fromEntries(plan.projects.map(({ name }) => [name, additionalUrls(of(name))])),
    warnings: plan.notes,
    // Nobody has to ask for it: whatever can start does, each as soon as what it needs is ready.
    parallel_trees: { enabled: plan.projects.length > 1, workers: plan.projects.length },
    plan_agent_launch: { enabled: false, reason: "starting coding agents is not part of envctl" },
    ...reuse(plan, state, input.flags["no-resume"] === true),
    env_projection: { contract_version: "envctl.env_projection.v1", projects: Object.fromEntries(projections) },
  };
}

function selectionOf({ projects }: Plan, { flags }: Pick<CommandInput, "flags">, discovered: string[]): StartupReport["selection"] {
  const isNamed = flags["project"] !== undefined;
  const selected = projects.map(({ name }) => name);
  return { required: false, reason: isNamed ? "named on the command line" : "as configured", selected_projects: selected, discovered_projects: discovered, preselected_projects: isNamed ? selected : [] };
}

/** Whatever starts joins the live run; what lives unchanged is kept. */
function reuse(plan: Plan, state: RunState | undefined, isAfresh: boolean): Pick<StartupReport, "auto_resume" | "run_reuse"> {
  const isLive = state !== undefined && state.stoppedAt === undefined;
  const kept = plan.nodes.filter(({ action }) => action === "adopt");
  const willReuse = isLive && !isAfresh;
  const reason = isAfresh ? "--no-resume begins afresh" : isLive ? "a run is live: what is selected joins it" : "no run is live";
  const run = willReuse ? { run_id: state.runId } : {};
  return {
    auto_resume: { eligible: willReuse, existing_state_found: state !== undefined, exact_match: kept.length > 0 && kept.length === plan.nodes.length, subset_match: kept.length > 0, will_resume: kept.length > 0, reason, ...run },
    run_reuse: {
      decision_kind: willReuse ? "join_live_run" : "new_run",
      reason,
      will_reuse_run: willReuse,
      will_resume_services: kept.map(({ unitId }) => unitId),
      selected_projects: plan.projects.map(({ name, root }) => ({ name, root })),
      state_projects: Object.keys(state?.projects ?? {}),
      weak_identity: false,
      mismatch_details: willReuse ? plan.nodes.filter(({ unitId, action }) => action !== "adopt" && state.units[unitId] !== undefined).map(({ unitId, because }) => ({ unit_id: unitId, because })) : [],
      ...run,
    },
  };
}

type Projection = StartupReport["env_projection"]["projects"][string];

/** Services beside the two that the Python engine knew by name. */
function additionalUrls(nodes: readonly PlanNode[]): Record<string, string> {
  const others = nodes.filter(({ spec }) => spec.kind === "service" && spec.name !== "backend" && spec.name !== "frontend");
  return Object.fromEntries(others.flatMap(({ spec }) => (spec.url === undefined ? [] : [[spec.name, spec.url]])));
}

function projection(nodes: readonly PlanNode[], { origins }: Pick<ResolvedConfig, "origins">): Projection {
  const requirements = nodes.filter(({ spec }) => spec.kind === "requirement");
  const services = nodes.filter(({ spec }) => spec.kind === "service");
  return {
    dependency_ports: Object.fromEntries(requirements.flatMap(({ spec }) => (mainPort(spec) === undefined ? [] : [[spec.name, mainPort(spec) ?? 0]]))),
    services: Object.fromEntries(services.map(({ spec, because }) => [spec.name, {
      argv: [...spec.command], command_source: originText(origins[`services.${spec.name}.command`]), directory: spec.directory, env: { ...spec.env }, env_overlays: Object.keys(spec.env).toSorted(), cors: corsOf(spec.env), because,
    }])),
  };
}

/** What a service is told of who may call it from a browser: variables whose names say so, and the origins in them. */
function corsOf(env: Readonly<Record<string, string>>): Projection["services"][string]["cors"] {
  const variables = Object.keys(env).filter((name) => /(^|_)(CORS|ORIGINS?)(_|$)/.test(name.toUpperCase()));
  const origins = variables.flatMap((name) => env[name]?.match(/https?:\/\/[^\s,;"'/\]]+/g) ?? []);
  return { variables, origins: [...new Set(origins)] };
}
