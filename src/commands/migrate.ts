/** `migrate`: brings the databases of running projects up to date. */
import { join } from "node:path";
import type { MigrateReport } from "../contracts/action-reports.ts";
import type { CommandText, Config } from "../model/config.ts";
import { UserError } from "../model/failure.ts";
import { requireRunning } from "../model/project-choice.ts";
import { argvOf } from "../model/template.ts";
import { projectEnvironment, runningProjects } from "./action-targets.ts";
import { reached } from "./db-target.ts";
import { actionBody, type ActionCall } from "./project-action.ts";

type Result = NonNullable<MigrateReport["projects"][number]["result"]>;

/** One thing to run, and what with. */
interface Migration {
  readonly of: string;
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export const body = actionBody<"migrate", Result>({
  name: "migrate",
  timeoutMs: 15 * 60_000,
  // Projects may share a database, and no migration expects another beside it.
  atOnce: 1,
  takesWords: true,
  check: ({ projects, view }) => requireRunning(projects, runningProjects(view)),
  artifacts: (project, _, runtime) => join(runtime.scope.root, "actions", project),
  work,
  troubles: () => [],
  heading: ["STEPS"],
  cells: ({ steps }) => [steps.map(({ of, command }) => `${of}: ${command.join(" ")}`).join("; ")],
});

async function work(call: ActionCall): Promise<Result> {
  const { actions, place } = call;
  const migrations = await migrationsOf(call);
  for (const { of, command, directory, environment } of migrations) {
    place.progress(`${of}: ${command.join(" ")}`);
    await actions.loggedStep({ title: `the migration of ${of}`, command, directory, environment, hint: `mend it and run \`envctl migrate --project ${place.project}\` again` }, place);
  }
  return { steps: migrations.map(({ of, command, directory }) => ({ of, command: [...command], directory: join(place.root, directory) })) };
}

/** What requirements say under `migrate:`; where none does, what is found where services are. Throws a UserError when there is nothing. */
async function migrationsOf(call: ActionCall): Promise<readonly Migration[]> {
  const { project, actions, runtime, targets } = call;
  const { config } = await runtime.resolveConfig({ projectRoot: project.root });
  const configured = Object.values(config.requirements).flatMap(({ name, enabled, settings }) => (enabled && isCommand(settings["migrate"]) ? [{ name, command: settings["migrate"] }] : []));
  if (configured.length > 0) return Promise.all(configured.map(({ name, command }) => ofRequirement(name, command, config, call)));
  const found = actions.detectMigrations(project.root, Object.values(config.services));
  if (found.length === 0) throw new UserError({ reason: "configuration_missing", message: `nothing says how the databases of ${project.name} are brought up to date`, hint: "add `migrate: COMMAND` below the requirement in .envctl" });
  return Promise.all(found.map(async ({ service, command, dir }) => ({ of: service, command: argvOf(command), directory: dir, environment: await projectEnvironment(project.name, service, targets.view, runtime) })));
}

/** With the variables that the same command gets when the server starts. */
async function ofRequirement(name: string, command: CommandText, config: Config, { project, targets, runtime }: ActionCall): Promise<Migration> {
  const { env } = await reached({ project: project.name, root: project.root, requirement: name, config }, runtime);
  return { of: name, command: argvOf(command), directory: ".", environment: { ...(await projectEnvironment(project.name, undefined, targets.view, runtime)), ...env } };
}

function isCommand(value: unknown): value is CommandText {
  return typeof value === "string" || (Array.isArray(value) && value.every((word) => typeof word === "string"));
}
