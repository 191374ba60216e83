/** `exec --browser`: runs a program that drives a browser against a project, such as Playwright. */
import { existsSync } from "node:fs";
import type { CommandInput } from "../cli/command.ts";
import type { ExecReport } from "../contracts/reports.ts";
import { UserError } from "../model/failure.ts";
import { requireRunning } from "../model/project-choice.ts";
import type { UnitSpec } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import { nothingToRun, unitDirectoryMissing } from "../ui/words.ts";
import { actionTargets, runningProjects } from "./action-targets.ts";
import { projectEndpoints } from "./endpoints.ts";
import { childEnd } from "./exec.ts";
import { requireRunView, type RunView } from "./run-view.ts";
import { inheritedValues } from "./unit-values.ts";

/** In the project's root. The page that is meant is the frontend's, or that of the unit named. */
export async function execBrowser(input: CommandInput, runtime: EngineRuntime): Promise<ExecReport> {
  const [program, ...args] = input.passthrough;
  if (program === undefined) throw new UserError(nothingToRun("--browser"));
  const { projects, view } = await actionTargets(input, runtime, []);
  requireRunning(projects, runningProjects(view));
  const [project, ...more] = projects;
  if (project === undefined || more.length > 0) throw new UserError({ reason: "usage_invalid", message: `exec --browser works on one project, and ${projects.length} are meant`, hint: `name one with --project: ${projects.map(({ name }) => name).join(", ")}` });
  if (!existsSync(project.root)) throw new UserError(unitDirectoryMissing(project.name, project.root));
  const known = requireRunView(runtime);
  const page = pageOf(known, project.name, input.args[0]);
  const environment = { ...inheritedValues(runtime), ...browserValues(known, project.name, page) };
  const end = await childEnd(program, args, { directory: project.root, environment, signal: input.signal });
  return { unit_id: page.id, directory: project.root, command: [...input.passthrough], ...end, ok: end.exit_code === 0 };
}

/** What such programs look for. */
function browserValues(view: RunView, project: string, page: UnitSpec): Readonly<Record<string, string>> {
  const units = Object.values(view.state.units);
  return {
    QA_BASE_URL: page.url ?? "",
    BASE_URL: page.url ?? "",
    ENVCTL_PROJECT_NAME: project,
    ENVCTL_RUN_ID: view.state.runId,
    ENVCTL_ENDPOINTS_JSON: JSON.stringify(projectEndpoints(view, project, units)),
  };
}

function pageOf(view: RunView, project: string, named: string | undefined): UnitSpec {
  const pages = Object.values(view.state.units).map(({ spec }) => spec).filter((spec) => spec.project === project && spec.kind === "service" && spec.url !== undefined);
  const wanted = named?.slice(named.indexOf("/") + 1);
  const found = wanted === undefined ? (pages.find(({ name }) => name === "frontend") ?? (pages.length === 1 ? pages[0] : undefined)) : pages.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const hint = pages.length === 0 ? "give one a port in .envctl" : `name one: ${pages.map(({ name }) => `envctl exec ${name} --browser -- …`).join(", ")}`;
  throw new UserError({ reason: "unknown_target", message: wanted === undefined ? `${project} has ${pages.length === 0 ? "no service with a URL" : "no frontend, and several services with a URL"}` : `${project} has no service "${wanted}" with a URL`, hint });
}
