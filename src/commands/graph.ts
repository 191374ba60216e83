/** `graph`: units of work in the order of what they require. The units run here, in this command, and end with it. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { GraphAnswer, GraphUnitRow } from "../contracts/graph-report.ts";
import type { GraphEvent } from "../graph/record.ts";
import type { GraphUnit } from "../graph/unit.ts";
import { exitCodes, placeText, UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { graphLines, graphMermaid, graphSvg, type Drawn } from "../ui/graph-drawing.ts";
import { taskProblem, taskProblemHint } from "../ui/graph-words.ts";
import { table } from "../ui/table.ts";
import { capacityOf, factsOf, runGraph, runLines } from "./graph-run.ts";
import { graphTarget, type GraphTarget } from "./graph-target.ts";
import { jobProjects } from "./job-projects.ts";
import { maskedValues } from "./mask.ts";
import { textFlag } from "./targets.ts";

export const body: CommandBody<GraphAnswer | undefined> = {
  run: async (input, runtime) => {
    const [action = "show", ...files] = input.args;
    if (files.length > 0 && action !== "add") throw new UserError({ reason: "usage_invalid", message: `\`graph ${action}\` takes no file`, hint: "choose units with --only and --skip" });
    switch (action) {
      case "events":
        return showEvents(input, runtime);
      case "add":
        return added(files, input, runtime);
      case "check":
        return checked(await graphTarget(input, runtime), input);
      case "units": {
        const { from, tree } = await graphTarget(input, runtime);
        return { action, from, units: tree.units.map(unitRow) };
      }
      case "run":
        return runGraph(input, runtime, await graphTarget(input, runtime));
      default:
        return shown(await graphTarget(input, runtime), input);
    }
  },
  text: (answer, screen) => (answer === undefined ? [] : answerLines(answer, screen)),
  exit: (answer) => {
    if (answer?.action === "run") return answer.exit_code;
    const isBad = (answer?.action === "check" && !answer.ok) || (answer?.action === "add" && answer.problems.length > 0);
    return isBad ? exitCodes.failure : exitCodes.ok;
  },
};

function unitRow({ id, command, directory, requires, provides, uses, claims, priority, pool, group, params, place }: GraphUnit): GraphUnitRow {
  return { id, command: [...command], directory, requires: [...requires], provides: [...provides], uses: [...uses], claims: [...claims], priority, pool: pool ?? null, group: group ?? null, params: { ...params }, place: placeText(place) };
}

function checked({ graph, tree, configured }: GraphTarget, input: CommandInput): GraphAnswer {
  factsOf(input, tree);
  const { problems, unused } = graph.check(tree.units, capacityOf(input, tree), configured);
  return {
    action: "check", ok: problems.length === 0, units: tree.units.length,
    problems: problems.map((one) => ({ kind: one.kind, message: taskProblem(one), hint: taskProblemHint(one) ?? null, path: "path" in one ? [...one.path] : [] })),
    warnings: unused.map(({ id, name }) => `${id} provides '${name}', which nothing requires`),
  };
}

function shown({ graph, tree, configured }: GraphTarget, { flags }: CommandInput): GraphAnswer {
  const results = graph.latest()?.results;
  const outside = configured.filter((name) => tree.units.some(({ requires }) => requires.includes(name)));
  const nodes: Drawn["nodes"] = [...outside.map((id) => ({ id })), ...tree.units.map(({ id }) => ({ id, status: results?.get(id)?.status ?? "" }))];
  const givers = (name: string): readonly string[] => [...tree.units.filter(({ id, provides }) => id === name || provides.includes(name)).map(({ id }) => id), ...outside.filter((one) => one === name)];
  const drawn: Drawn = { nodes, edges: tree.units.flatMap(({ id, requires }) => requires.flatMap(givers).map((from) => [from, id] as const)) };
  const draw = flags["svg"] === true ? graphSvg : flags["mermaid"] === true ? graphMermaid : graphLines;
  return { action: "show", nodes: nodes.map((node) => ({ id: node.id, status: node.status ?? null })), edges: drawn.edges.map(([from, to]) => ({ from, to })), lines: [...draw(drawn)] };
}

async function added([file, ...more]: readonly string[], input: CommandInput, runtime: EngineRuntime): Promise<GraphAnswer> {
  if (file === undefined || more.length > 0) throw new UserError({ reason: "usage_invalid", message: "`graph add` needs one file of units", hint: 'for example [{"id": "late", "command": "true"}]' });
  const [project] = await jobProjects(input, runtime);
  if (project === undefined) throw new Error("a repository has a project");
  const path = resolve(file);
  const units = unitsIn(path);
  const graph = await runtime.graph(project);
  const { run, ...answer } = await graph.add(textFlag(input.flags, "run"), units, dirname(path), input.signal);
  return { action: "add", run_id: run, added: [...answer.added], problems: [...answer.problems] };
}

function unitsIn(path: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Array.isArray(value) ? value : [value];
  } catch (error) {
    throw new UserError({ reason: "configuration_invalid", message: `${path} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`, place: { file: path } });
  }
}

/** One line each, as fast as they are read. */
async function showEvents(input: CommandInput, runtime: EngineRuntime): Promise<undefined> {
  const [project] = await jobProjects(input, runtime);
  if (project === undefined) throw new Error("a repository has a project");
  const graph = await runtime.graph(project);
  for await (const event of graph.events(textFlag(input.flags, "run"), input.flags["follow"] === true, input.signal)) {
    const hidden = "result" in event ? { ...event, result: { ...event.result, facts: maskedValues(event.result.facts) } } : event;
    input.write(input.wantsJson ? JSON.stringify(hidden) : eventLine(hidden));
  }
  return undefined;
}

function eventLine(event: GraphEvent): string {
  const rest = event.type === "graph_began" ? `${event.run}: ${event.units.length} units` : event.type === "graph_ended" ? (event.ok ? "ok" : "failed") : event.unit;
  const result = "result" in event ? ` ${event.result.status}${event.result.reason === undefined ? "" : `: ${event.result.reason}`}` : "";
  return `${event.at}  ${event.type}  ${rest}${result}`;
}

function answerLines(answer: GraphAnswer, screen: Screen): readonly string[] {
  switch (answer.action) {
    case "check":
      return [...answer.problems.flatMap(({ message, hint }) => [message, ...(hint === null ? [] : [`  → ${hint}`])]), ...answer.warnings.map((text) => `warning: ${text}`), ...(answer.ok ? [`${answer.units} units, in order.`] : [])];
    case "units":
      return answer.units.length === 0 ? [`No unit below ${answer.from}.`] : table(["unit", "requires", "provides", "priority"], answer.units.map((unit) => [unit.id, unit.requires.join(", "), unit.provides.join(", "), String(unit.priority)]));
    case "show":
      return answer.lines;
    case "add":
      return answer.problems.length === 0 ? [`added ${answer.added.join(", ")} to ${answer.run_id}`] : answer.problems;
    case "run":
      return runLines(answer, screen);
  }
}
