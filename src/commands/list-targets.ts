/** `list-targets` and `list-trees`: the projects that could be started, and what of them runs. */
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { ListTargetsReport } from "../contracts/reports.ts";
import type { Config, Mode } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import { UserError } from "../model/failure.ts";
import type { WorktreeLeftovers } from "../model/worktrees.ts";
import { mainPort } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import { statusTone, toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { runView, wordOf, type RunView } from "./run-view.ts";
import { configRequest } from "./show-config.ts";

type Target = ListTargetsReport["projects"][number];

/** What the configuration gives, or why it gives nothing: the list of projects does not depend on it. */
interface Readable {
  readonly config: Config | undefined;
  readonly warnings: readonly string[];
}

export const body: CommandBody<ListTargetsReport> = {
  async run(input, runtime) {
    const [projects, { config, warnings }] = await Promise.all([runtime.discoverProjects(), readConfig(input, runtime)]);
    const view = runView(runtime);
    const mode = modeOf(input, config);
    const shown = projects.filter((project) => (input.command === "list-trees" ? !project.isMain : mode === "trees" || project.isMain));
    const bases = config === undefined ? {} : await basePorts(config, runtime);
    return {
      mode,
      count: shown.length,
      projects: shown.map((project) => target(project, { mode, view, bases, spacing: config?.portSpacing ?? 0, here: runtime.checkout.projectRoot })),
      state_error: view === undefined ? null : (view.problems[0] ?? null),
      disabled: disabledNames(config),
      warnings: [...warnings, ...(input.command === "list-trees" ? leftoverWarnings((await runtime.worktrees()).leftovers()) : [])],
    };
  },
  text: targetLines,
};

async function readConfig(input: CommandInput, runtime: EngineRuntime): Promise<Readable> {
  try {
    return { config: (await runtime.resolveConfig(configRequest(input))).config, warnings: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { config: undefined, warnings: error.failures.map((failure) => failure.message) };
  }
}

/** What was deleted by hand is never gone by itself: somebody may want it back. */
function leftoverWarnings({ gone, data }: WorktreeLeftovers): readonly string[] {
  const forgotten = gone.map(({ name, root }) => `${root} was deleted by hand; \`envctl delete-worktree ${name}${data.includes(name) ? " --data" : ""}\` clears up after it`);
  const orphans = data.filter((name) => gone.every((one) => one.name !== name));
  return [...forgotten, ...orphans.map((name) => `${name} is gone, but its data are there; \`envctl delete-worktree ${name} --data\` deletes them`)];
}

/** Without a word about it, everything there is: worktrees are what one looks for. */
function modeOf(input: CommandInput, config: Config | undefined): Mode {
  if (input.command === "list-trees" || input.flags["trees"] === true) return "trees";
  if (input.flags["main"] === true) return "main";
  return config?.defaultMode ?? "main";
}

/** Units that are configured, but never started. */
function disabledNames(config: Config | undefined): string[] {
  return [...Object.values(config?.requirements ?? {}), ...Object.values(config?.services ?? {})].filter(({ enabled }) => !enabled).map(({ name }) => name);
}

/** Base port of every enabled unit that listens. */
async function basePorts(config: Config, runtime: Pick<EngineRuntime, "requirements">): Promise<Readonly<Record<string, number>>> {
  const services = Object.values(config.services).filter((service) => service.enabled);
  const requirements = Object.values(config.requirements).filter((requirement) => requirement.enabled && requirement.engine !== "external");
  const adapters = requirements.length === 0 ? [] : await runtime.requirements();
  const bases: [string, number][] = [];
  for (const { name, port } of services) if (port !== "none") bases.push([name, port]);
  for (const raw of requirements) {
    const adapter = adapters.find(({ id }) => id === raw.name);
    const settings = adapter?.settings(raw);
    const port = adapter === undefined || Array.isArray(settings) ? undefined : Object.values(adapter.basePorts(settings, raw))[0];
    if (port !== undefined) bases.push([raw.name, port]);
  }
  return Object.fromEntries(bases);
}

interface TargetContext {
  readonly mode: Mode;
  readonly view: RunView | undefined;
  readonly bases: Readonly<Record<string, number>>;
  readonly spacing: number;
  readonly here: string;
}

/** The ports are those of the run where the project takes part in it, else those a start would ask for. */
function target(project: ProjectFact, context: TargetContext): Target {
  const { view } = context;
  const units = view === undefined ? [] : Object.values(view.state.units).filter((unit) => unit.spec.project === project.name);
  const wanted = Object.entries(context.bases).map(([name, base]) => [name, base + project.slot * context.spacing] as const);
  const actual = units.flatMap((unit) => [[unit.spec.name, mainPort(unit.spec)] as const].filter((pair): pair is readonly [string, number] => pair[1] !== undefined));
  const running = units.filter((unit) => view !== undefined && ["running", "healthy", "degraded"].includes(wordOf(view, unit)));
  const isHere = project.root === context.here;
  return {
    name: project.name,
    root: project.root,
    branch: project.branch ?? null,
    slot: project.slot,
    ports: Object.fromEntries([...wanted, ...actual]),
    selected: isHere,
    preselected: isHere || (context.mode === "trees" && !project.isMain),
    state_present: view?.state.projects[project.name] !== undefined,
    services_running: running.filter((unit) => unit.spec.kind === "service").length,
    running: running.length > 0,
  };
}

function targetLines(report: ListTargetsReport, screen: Screen): readonly string[] {
  const rows = report.projects.map((project) => [
    project.name,
    toned(project.running ? "running" : "stopped", statusTone(project.running ? "running" : "stopped"), screen),
    project.branch ?? "",
    Object.entries(project.ports).map(([name, port]) => `${name}:${port}`).join(" "),
    project.root,
  ]);
  return [...(rows.length === 0 ? ["no worktrees; `envctl ensure-worktree NAME` makes one"] : table(["PROJECT", "STATUS", "BRANCH", "PORTS", "ROOT"], rows)), ...(report.disabled.length === 0 ? [] : [`disabled: ${report.disabled.join(", ")}`]), ...report.warnings.map((warning) => `warning: ${warning}`)];
}
