/** `graph run`: what of the graph runs, with what, and what came of it. */
import { availableParallelism } from "node:os";
import type { CommandInput, Screen } from "../cli/command.ts";
import type { GraphAnswer, GraphResultRow } from "../contracts/graph-report.ts";
import type { Mode } from "../graph/choose.ts";
import type { FinishedRun } from "../graph/graph.ts";
import type { GraphEventBody, GraphState } from "../graph/record.ts";
import type { Tree } from "../graph/tree.ts";
import type { GraphUnit, UnitResult } from "../graph/unit.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { globExpression } from "../model/glob.ts";
import { nearestName } from "../model/nearest.ts";
import type { EngineRuntime } from "../runtime.ts";
import { duration } from "../ui/age.ts";
import { skipReason, taskProblem, taskProblemHint } from "../ui/graph-words.ts";
import { toned, type Tone } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { graphPlaces } from "./graph-places.ts";
import type { GraphTarget } from "./graph-target.ts";
import { wholeFlag } from "./job-orders.ts";
import { maskedValues } from "./mask.ts";
import { listFlag } from "./targets.ts";

type RunAnswer = Extract<GraphAnswer, { readonly action: "run" }>;

/** Throws a UserError for what is wrong with the graph or the words: then nothing runs. */
export async function runGraph(input: CommandInput, runtime: EngineRuntime, target: GraphTarget): Promise<RunAnswer> {
  const { graph, tree, root, configured } = target;
  const mode = modeOf(input);
  const latest = graph.latest();
  const units = [...tree.units, ...(mode === "all" ? [] : addedBefore(target, latest))];
  const capacity = capacityOf(input, tree);
  const { problems } = graph.check(units, capacity, configured);
  if (problems.length > 0) throw new UserError(problems.map((one) => {
    const hint = taskProblemHint(one);
    return { reason: one.kind === "cycle" ? ("dependency_cycle" as const) : ("configuration_invalid" as const), message: taskProblem(one), ...(hint === undefined ? {} : { hint }) };
  }));
  const facts = factsOf(input, tree);
  const paramsFor = paramsOf(input, units);
  const hashes = graph.hashes(units, { projectRoot: root, facts, paramsOf: (unit) => ({ ...unit.params, ...paramsFor(unit) }) });
  const { todo, kept, left } = graph.choose(units, {
    mode, only: globs(input, "only", units), skip: globs(input, "skip", units), tags: listFlag(input.flags, "tag"), platform: process.platform, environment: runtime.host.environment,
    results: latest?.results ?? new Map<string, UnitResult>(), intended: latest?.intended, hashes,
  });
  await target.requireThere(todo);
  const places = graphPlaces(target.project, runtime, input.signal);
  await places.assertKnown(todo);
  if (todo.length + left.length === 0) return answerOf(undefined, kept.length, input);
  const ended = await graph.run({
    units: todo, kept, left, capacity, facts, paramsFor, hashes, environmentOf: target.environmentOf, reserved: places.reserved,
    given: configured,
    words: { problem: taskProblem, skip: skipReason }, signal: input.signal,
    told: (event) => tell(event, input),
  }).finally(places.close);
  return answerOf(ended, kept.length, input);
}

/** Units that others added in the last run, as long as those are done and do not add them again. */
function addedBefore({ graph, tree }: GraphTarget, latest: GraphState | undefined): readonly GraphUnit[] {
  const known = new Set(tree.units.map(({ id }) => id));
  return (latest?.added ?? []).flatMap(({ unit, by, directory, definition }) => {
    const isStillDone = by === null || ["pass", "warn"].includes(latest?.results.get(by)?.status ?? "");
    const read = isStillDone && !known.has(unit) ? graph.added(definition, directory).unit : undefined;
    return read === undefined ? [] : [read];
  });
}

function modeOf({ flags }: CommandInput): Mode {
  const [mode, ...more] = (["resume", "failed", "changed"] as const).filter((name) => flags[name] === true);
  if (more.length > 0) throw new UserError({ reason: "usage_invalid", message: `--${mode ?? ""} and --${more.join(", --")} exclude each other`, hint: "leave one of them out" });
  return mode ?? "all";
}

/** What the tree says, and for every other unit --workers. */
export function capacityOf(input: CommandInput, { pools, groups }: Pick<Tree, "pools" | "groups">): { readonly pools: Tree["pools"]; readonly groups: Tree["groups"] } {
  const workers = wholeFlag(input, "workers");
  return { groups, pools: { default: availableParallelism(), ...pools, ...(workers === undefined ? {} : { default: workers }) } };
}

/** Those of the tree, and of --fact. */
export function factsOf(input: CommandInput, { facts }: Pick<Tree, "facts">): Tree["facts"] {
  return { ...facts, ...Object.fromEntries(listFlag(input.flags, "fact").map((pair) => keyValue("fact", pair))) };
}

/** Throws a UserError for a pattern that means no unit. */
function globs(input: CommandInput, flag: "only" | "skip", units: readonly GraphUnit[]): readonly string[] {
  const patterns = listFlag(input.flags, flag);
  for (const pattern of patterns) if (!units.some(({ id }) => globExpression(pattern).test(id))) throw unknownUnits(flag, pattern, units);
  return patterns;
}

/** `KEY=VALUE` for whoever takes it; `GLOB:KEY=VALUE` for those units, whether they take it or not. */
function paramsOf(input: CommandInput, units: readonly GraphUnit[]): (unit: GraphUnit) => Readonly<Record<string, string>> {
  const params = listFlag(input.flags, "param").map((pair) => {
    const [before, value] = keyValue("param", pair);
    const at = before.lastIndexOf(":");
    return { pattern: at < 0 ? undefined : before.slice(0, at), key: before.slice(at + 1), value };
  });
  for (const { pattern, key } of params) {
    if (pattern === undefined && !units.some((unit) => Object.hasOwn(unit.params, key))) throw new UserError({ reason: "usage_invalid", message: `no unit takes a parameter "${key}"`, hint: `parameters: ${[...new Set(units.flatMap((unit) => Object.keys(unit.params)))].join(", ") || "none"}` });
    if (pattern !== undefined && !units.some(({ id }) => globExpression(pattern).test(id))) throw unknownUnits("param", pattern, units);
  }
  return (unit) => Object.fromEntries(params.filter(({ pattern, key }) => (pattern === undefined ? Object.hasOwn(unit.params, key) : globExpression(pattern).test(unit.id))).map(({ key, value }) => [key, value]));
}

function unknownUnits(flag: string, pattern: string, units: readonly GraphUnit[]): UserError {
  const nearest = nearestName(pattern, units.map(({ id }) => id));
  return new UserError({ reason: "unknown_target", message: `--${flag} ${pattern} means no unit${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: "`envctl graph units` lists them" }, exitCodes.interrupted);
}

function keyValue(flag: string, text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UserError({ reason: "usage_invalid", message: `--${flag} needs KEY=VALUE, not "${text}"` });
}

function tell(event: GraphEventBody, { note, wantsJson }: CommandInput): void {
  if (wantsJson || event.type !== "unit_ended") return;
  const { status, reason } = event.result;
  note(`${status === "skip" ? "skipped" : status}  ${event.unit}${reason === undefined ? "" : ` (${reason})`}`);
}

function answerOf(run: FinishedRun | undefined, kept: number, input: CommandInput): RunAnswer {
  const results = [...(run?.results ?? [])];
  const counts: Record<string, number> = { kept };
  for (const [, { status }] of results) counts[status] = (counts[status] ?? 0) + 1;
  const exit = exitOf(counts, input);
  return { action: "run", run_id: run?.id ?? null, ok: exit === exitCodes.ok, exit_code: exit, counts, units: results.map(([id, result]) => resultRow(id, result, run)) };
}

/** 124 when nothing is wrong but units that took too long. */
function exitOf(counts: Readonly<Record<string, number>>, { signal, flags }: CommandInput): number {
  if (signal.aborted) return exitCodes.interrupted;
  if ((counts["fail"] ?? 0) + (counts["error"] ?? 0) > 0) return exitCodes.failure;
  if ((counts["timeout"] ?? 0) > 0) return exitCodes.timeout;
  return flags["strict"] === true && (counts["warn"] ?? 0) > 0 ? exitCodes.failure : exitCodes.ok;
}

function resultRow(id: string, { status, reason, startedAt, endedAt, exit, records, facts }: UnitResult, run: FinishedRun | undefined): GraphResultRow {
  return {
    id, status, reason: reason ?? null, started_at: startedAt ?? null, ended_at: endedAt,
    duration_ms: startedAt === undefined ? null : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)),
    exit_code: exit?.kind === "code" ? exit.code : null,
    signal: exit?.kind === "signal" ? exit.signal : null,
    records: [...records], facts: maskedValues(facts),
    log_path: startedAt === undefined ? null : (run?.logOf(id) ?? null),
  };
}

const tones: Readonly<Record<GraphResultRow["status"], Tone>> = { pass: "good", skip: "quiet", warn: "busy", fail: "bad", timeout: "bad", error: "bad" };

/** One line a unit, and how many of each. */
export function runLines({ run_id: run, units, counts }: RunAnswer, screen: Screen): readonly string[] {
  if (run === null) return [`Nothing to run${counts["kept"] === 0 ? "" : `: ${counts["kept"] ?? 0} units are done`}.`];
  const rows = units.map(({ id, status, duration_ms: took, reason }) => [id, toned(status, tones[status], screen), took === null ? "" : duration(took), reason ?? ""]);
  const bad = units.filter(({ status, log_path: log }) => log !== null && tones[status] === "bad");
  return ["", ...table(["unit", "status", "took", "why"], rows), ...bad.map(({ id, log_path: log }) => `output of ${id}: ${log ?? ""}`), Object.entries(counts).filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}`).join(", ")];
}
