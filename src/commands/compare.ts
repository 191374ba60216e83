/** `compare A B`: two projects side by side: health, tests, answers of their services, sizes of what they built. */
import type { Actions } from "../actions/actions.ts";
import type { Answer } from "../actions/comparison/responses.ts";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { CompareReport } from "../contracts/action-reports.ts";
import type { ProjectFact } from "../model/facts.ts";
import { UserError } from "../model/failure.ts";
import { chosenProjects, requireRunning } from "../model/project-choice.ts";
import { mainPort } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import { byteSize } from "../ui/age.ts";
import { table } from "../ui/table.ts";
import { runningProjects } from "./action-targets.ts";
import { lastResultsPath } from "./last-results.ts";
import { runView, wordOf, type RunView } from "./run-view.ts";
import { listFlag } from "./targets.ts";

type Pair<T> = [T, T];
type Responses = CompareReport["responses"];

interface Sides {
  readonly pair: Pair<ProjectFact>;
  readonly view: RunView | undefined;
  readonly actions: Actions;
  readonly input: CommandInput;
  readonly runtime: EngineRuntime;
}

export const body: CommandBody<CompareReport> = {
  async run(input, runtime) {
    const [all, view, actions] = [await runtime.discoverProjects(), runView(runtime), await runtime.actions()];
    const pair = pairOf(all, input, runtime.checkout.projectRoot);
    const paths = listFlag(input.flags, "path");
    if (paths.length > 0) requireRunning(pair, runningProjects(view));
    input.note(`compare: ${pair.map(({ name }) => name).join(", ")}`);
    const sides: Sides = { pair, view, actions, input, runtime };
    return {
      action: "compare", ok: true, projects: [pair[0].name, pair[1].name], health: healthOf(sides),
      tests: [await testsOf(pair[0], sides), await testsOf(pair[1], sides)],
      responses: await responsesOf(paths, sides), bundles: await bundlesOf(sides),
    };
  },
  text: compareLines,
};

/** Each word means one project. */
function pairOf(all: readonly ProjectFact[], { args }: CommandInput, callerRoot: string): Pair<ProjectFact> {
  const found = args.map((word) => {
    const meant = chosenProjects(all, { names: [word], services: [], isAll: false }, { callerRoot, units: {} });
    const [only, other] = meant;
    if (only === undefined || other !== undefined) throw new UserError({ reason: "unknown_target", message: `"${word}" means ${meant.length} projects, and compare takes one on each side`, hint: `candidates: ${meant.map(({ name }) => name).join(", ")}` });
    return only;
  });
  const [one, other, ...more] = found;
  if (one === undefined || other === undefined || more.length > 0) throw new UserError({ reason: "usage_invalid", message: `compare takes two projects, and ${args.length === 1 ? "1 was" : `${args.length} were`} given`, hint: "envctl compare Main feature-a" });
  if (one === other) throw new UserError({ reason: "usage_invalid", message: `both sides are ${one.name}`, hint: "name another project on one of them" });
  return [one, other];
}

function healthOf({ pair, view }: Sides): CompareReport["health"] {
  if (view === undefined) return [];
  const units = Object.values(view.state.units).filter(({ spec }) => pair.some(({ name }) => name === spec.project));
  const status = (project: ProjectFact, unit: string): string | null => {
    const found = units.find(({ spec }) => spec.project === project.name && spec.name === unit);
    return found === undefined ? null : wordOf(view, found);
  };
  return [...new Set(units.map(({ spec }) => spec.name))].map((unit) => ({ unit, statuses: [status(pair[0], unit), status(pair[1], unit)] }));
}

async function testsOf(project: ProjectFact, { actions, runtime, input }: Sides): Promise<CompareReport["tests"][number]> {
  const saved = actions.lastResults(lastResultsPath(runtime.scope.root, project.name));
  if (saved === undefined) return null;
  const stale = await actions.staleness(saved, { root: project.root, environment: definedOnly(runtime.host.environment), signal: input.signal });
  return { ok: saved.ok, counts: { ...saved.counts }, generated_at: saved.generatedAt, stale: stale ?? null };
}

function definedOnly(values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** `/items`, or `worker:/items` for another service than the usual one. */
async function responsesOf(paths: readonly string[], sides: Sides): Promise<Responses> {
  const { pair, view, actions, input, runtime } = sides;
  return Promise.all(paths.map(async (word) => {
    const [, named, path = ""] = /^(?:([\w-]+):)?(\/.*)$/.exec(word) ?? [];
    if (path === "") throw new UserError({ reason: "usage_invalid", message: `--path needs a path such as /items, not "${word}"`, hint: "write /items, or SERVICE:/items" });
    const service = named ?? usualService(pair, view);
    const urls = pair.map((project) => `http://localhost:${portOf(project, service, view)}${path}`);
    const [one, other] = await Promise.all(urls.map((url) => actions.answerOf(url, input.signal, runtime.host.clock.monotonic)));
    const answers: Pair<Answer> = [one ?? { error: "not asked" }, other ?? { error: "not asked" }];
    return { service, path, answers: [answerRow(answers[0]), answerRow(answers[1])] satisfies Responses[number]["answers"], same: actions.isSame(answers[0], answers[1]) };
  }));
}

/** The backend, else the first service both sides have a port of. */
function usualService(pair: Pair<ProjectFact>, view: RunView | undefined): string {
  const services = Object.values(view?.state.units ?? {}).filter(({ spec }) => spec.project === pair[0].name && spec.kind === "service" && spec.ports.length > 0).map(({ spec }) => spec.name);
  return services.includes("backend") ? "backend" : (services[0] ?? "backend");
}

function portOf(project: ProjectFact, service: string, view: RunView | undefined): number {
  const spec = view?.state.units[`${project.name}/${service}`]?.spec;
  const port = spec === undefined ? undefined : mainPort(spec);
  if (port !== undefined) return port;
  const known = Object.values(view?.state.units ?? {}).filter((unit) => unit.spec.project === project.name && unit.spec.ports.length > 0).map((unit) => unit.spec.name);
  throw new UserError({ reason: "unknown_target", message: `${project.name} has no service "${service}" with a port`, hint: `services with a port: ${known.join(", ") || "none"}; write SERVICE:/path` });
}

function answerRow(answer: Answer): Responses[number]["answers"][number] {
  return "error" in answer ? { ...answer } : { status: answer.status, content_type: answer.contentType, bytes: answer.bytes, duration_ms: answer.durationMs, hash: answer.hash };
}

/** What is asked for with --bundle, else the usual places of the services' directories. */
async function bundlesOf({ pair, actions, input, runtime }: Sides): Promise<CompareReport["bundles"]> {
  const named = listFlag(input.flags, "bundle");
  const sizes = await Promise.all(pair.map(async ({ root }) => {
    const { config } = await runtime.resolveConfig({ projectRoot: root });
    const directories = [...new Set([".", ...Object.values(config.services).map(({ dir }) => dir)])];
    return named.length > 0 ? named.map((directory) => actions.sizeOf(root, directory)) : actions.bundleSizes(root, directories);
  }));
  const all = [...new Set(sizes.flatMap((side) => side.map(({ directory }) => directory)))].sort();
  const size = (side: number, directory: string): CompareReport["bundles"][number]["sizes"][number] => {
    const found = sizes[side]?.find((one) => one.directory === directory);
    return found === undefined || found.files === 0 ? null : { files: found.files, bytes: found.bytes, gzip_bytes: found.gzipBytes };
  };
  return all.map((directory) => ({ directory, sizes: [size(0, directory), size(1, directory)] }));
}

function compareLines(report: CompareReport): readonly string[] {
  const rows = [
    ...report.health.map(({ unit, statuses }) => row(unit, statuses.map((one) => one ?? "-"))),
    row("tests", report.tests.map((one) => (one === null ? "never run" : `${one.counts.passed} passed, ${one.counts.failed} failed${one.stale === null ? "" : " (stale)"}`))),
    ...report.responses.map(({ service, path, answers, same }) => row(`${service} ${path}`, answers.map((one) => ("error" in one ? one.error : `${one.status}, ${byteSize(one.bytes)}, ${one.duration_ms} ms`)), same)),
    ...report.bundles.map(({ directory, sizes }) => row(directory, sizes.map((one) => (one === null ? "-" : `${byteSize(one.bytes)}, ${byteSize(one.gzip_bytes)} gzip`)))),
  ];
  return table(["", ...report.projects, ""], rows);
}

function row(title: string, cells: readonly string[], same = cells[0] === cells[1]): readonly string[] {
  return [title, ...cells, same ? "" : "differs"];
}
