/** The graph of a project, as commands see it: its units, its runs, and how one is carried out. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { isoTime } from "../host/clock.ts";
import { endMarked } from "../host/end-marked.ts";
import { errorCode, errorText, readJson } from "../host/files.ts";
import { graphLock } from "../host/graph-leftovers.ts";
import type { Host } from "../host/host.ts";
import { isLock, lockOwner, tryLock } from "../host/lock.ts";
import type { ProcessTable } from "../host/process-row.ts";
import { handleOfProcess, judgeHandle } from "../host/process-table.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { graphUnitId } from "../model/job.ts";
import { ownerMark } from "../model/unit.ts";
import { checkTasks, type TaskCheck } from "../schedule/check.ts";
import type { Capacity } from "../schedule/task.ts";
import { GraphRun, type GraphOrder, type GraphPlace } from "./carry-out.ts";
import { choose } from "./choose.ts";
import { configuredNames } from "./configured.ts";
import { followRun } from "./follow.ts";
import { unitHashes } from "./inputs.ts";
import { graphState, type GraphEvent, type GraphEventBody, type GraphState } from "./record.ts";
import { beginRun, handIn, readEvents, runFiles, runIds, type HandedInAnswer, type RunFiles } from "./run-files.ts";
import { treeAt } from "./tree.ts";
import { processWorker } from "./unit-process.ts";
import { addedUnit } from "./written-unit.ts";
import type { GraphUnit, UnitResult } from "./unit.ts";

export interface GraphOptions {
  readonly host: Host;
  readonly table: ProcessTable;
  readonly scopeId: string;
  readonly project: string;
  readonly projectRoot: string;
  /** Where its runs are kept. */
  readonly directory: string;
}

/** What a run needs besides its units. */
export interface RunRequest extends Omit<GraphOrder, "kept" | "hashOf"> {
  readonly kept: readonly GraphUnit[];
  /** Every unit of the tree: results of those that do not matter now are kept in mind. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly environmentOf: GraphPlace["environmentOf"];
  readonly reserved: GraphPlace["reserved"];
  readonly words: GraphPlace["words"];
  readonly told: (event: GraphEventBody) => void;
  readonly signal: AbortSignal;
}

export interface FinishedRun {
  readonly id: string;
  readonly results: ReadonlyMap<string, UnitResult>;
  readonly logOf: (unit: string) => string;
}

export interface Graph {
  readonly tree: typeof treeAt;
  readonly choose: typeof choose;
  readonly hashes: typeof unitHashes;
  readonly configured: typeof configuredNames;
  check(units: readonly GraphUnit[], capacity: Capacity, given: readonly string[]): TaskCheck;
  /** Of the latest run; undefined when there was none. */
  latest(): GraphState | undefined;
  /** Of the run that goes on, if one does. */
  underWay(): GraphState | undefined;
  /** A unit that was added to a run, as it was written. */
  readonly added: GraphPlace["read"];
  run(request: RunRequest): Promise<FinishedRun>;
  /** Throws a UserError when that run does not go on. */
  add(id: string | undefined, units: readonly unknown[], directory: string, signal: AbortSignal): Promise<HandedInAnswer & { readonly run: string }>;
  /** Events of the latest run, or of that one; the reader is never waited for. */
  events(id: string | undefined, follows: boolean, signal: AbortSignal): AsyncIterable<GraphEvent>;
}

const lookEveryMs = 200;

export function createGraph(options: GraphOptions): Graph {
  const { host, directory } = options;
  const isLiving = (): boolean => {
    const owner = lockOwner(lockPath(options));
    return owner !== undefined && judgeHandle(options.table, host.machine, owner) !== "dead";
  };
  return {
    tree: treeAt,
    choose,
    hashes: unitHashes,
    configured: configuredNames,
    check: checkTasks,
    latest: () => latestState(directory),
    underWay: () => {
      const latest = isLiving() ? latestState(directory) : undefined;
      return latest?.hasEnded === false ? latest : undefined;
    },
    added: (definition, from) => readAdded(definition, from),
    run: (request) => writably(() => underLock(options, () => carriedOut(options, request))),
    add: async (id, units, from, signal) => {
      const run = found(directory, id);
      if (!isLiving() || runIds(directory).at(-1) !== run.id) throw new UserError({ reason: "not_running", message: `${run.id} does not go on any more`, hint: "units can be added while `envctl graph run` runs" }, exitCodes.interrupted);
      const answer = handIn(run, String(host.clock.now()) + String(process.pid), units, from);
      while (!existsSync(answer)) {
        if (!isLiving()) throw new UserError({ reason: "not_running", message: `${run.id} ended before it took them` });
        await host.clock.sleep(lookEveryMs / 4, signal);
      }
      return { run: run.id, ...(readJson(answer) as HandedInAnswer) };
    },
    events: (id, follows, signal) => followRun(found(directory, id).events, { follows, isLiving, clock: host.clock, signal }),
  };
}

function found(directory: string, id: string | undefined): RunFiles {
  const ids = runIds(directory);
  const meant = id === undefined ? ids.at(-1) : ids.find((one) => one === id);
  if (meant === undefined) throw new UserError({ reason: "unknown_target", message: id === undefined ? "the graph of this project was never run" : `there is no run ${id}`, hint: ids.length === 0 ? "run it with `envctl graph run`" : `the latest is ${ids.at(-1) ?? ""}` }, exitCodes.interrupted);
  return runFiles(directory, meant);
}

/** Of the latest run that began. */
function latestState(directory: string): GraphState | undefined {
  for (const id of runIds(directory).toReversed()) {
    const state = graphState(readEvents(runFiles(directory, id).events));
    if (state !== undefined) return state;
  }
  return undefined;
}

function lockPath({ directory, project }: GraphOptions): string {
  return graphLock(dirname(directory), project);
}

/** What cannot be written ends the run: what was not recorded has not happened. */
async function writably<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || errorCode(error) === undefined) throw error;
    throw new UserError({ reason: "state_unwritable", message: `the run of the graph cannot be recorded: ${errorText(error)}`, hint: "make room or mend the permissions of the state directory, then go on with `envctl graph run --resume`" });
  }
}

/** One run of a project at a time. */
async function underLock<T>(options: GraphOptions, work: () => Promise<T>): Promise<T> {
  const { host, table } = options;
  const me = handleOfProcess(table, host.machine, process.pid);
  if (me === undefined) throw new Error("this process is not in the process table");
  const lock = tryLock(lockPath(options), me, (owner) => judgeHandle(table, host.machine, owner) !== "dead");
  if (!isLock(lock)) throw new UserError({ reason: "conflict", message: `the graph of ${options.project} is being run already, by process ${lock.pid}`, hint: "wait for it, or look at it with `envctl graph events --follow`" }, exitCodes.conflict);
  return work().finally(() => lock.release());
}

async function carriedOut(options: GraphOptions, request: RunRequest): Promise<FinishedRun> {
  const { host, project, scopeId, directory } = options;
  // Of a run that was killed: its guards end what they guard, the mark tells the rest.
  await endLeft(options);
  const before = latestState(directory);
  const run = beginRun(directory, host.clock.now());
  const dated = (body: GraphEventBody): GraphEvent => ({ ...body, at: isoTime(host.clock) });
  const note = (body: GraphEventBody): void => {
    run.append([dated(body)]);
    request.told(body);
  };
  const kept = request.kept.flatMap((unit) => {
    const result = before?.results.get(unit.id);
    return result === undefined ? [] : [{ unit, result }];
  });
  const running = new Set(request.units.map(({ id }) => id));
  const remembered = [...(before?.results ?? [])].filter(([unit]) => request.hashes.has(unit) && !running.has(unit));
  // In one write, what makes it a run at its end: a killed writer leaves the run before as the latest.
  run.append([...remembered.map(([unit, result]) => dated({ type: "unit_kept", unit, result })), dated({ type: "graph_began", run: run.id, project, units: [...request.units, ...request.left.map(({ unit }) => unit)].map(({ id }) => id) })]);
  const mark = ownerMark(scopeId, graphUnitId(project), run.id);
  const addedHashes = new Map<string, string>();
  const graph = new GraphRun({ ...request, kept, hashOf: (unit) => request.hashes.get(unit.id) ?? addedHashes.get(unit.id) ?? "" }, {
    worker: processWorker,
    reserved: request.reserved,
    environmentOf: request.environmentOf,
    pathsOf: ({ id }) => ({ logPath: run.logOf(id), exchange: run.exchangeOf(id), own: { ENVCTL_PROJECT: project, ENVCTL_OWNER: mark, ENVCTL_GRAPH_RUN: run.id, ENVCTL_UNIT: id } }),
    read: (definition, from) => {
      const read = readAdded(definition, from);
      if (read.unit !== undefined) for (const [id, hash] of unitHashes([read.unit], { projectRoot: options.projectRoot, facts: request.facts, paramsOf: request.paramsFor })) addedHashes.set(id, hash);
      return read;
    },
    note, now: () => isoTime(host.clock), words: request.words, signal: request.signal,
  });
  const looking = setInterval(() => {
    try {
      answerAll(run, (units, from) => graph.add(units, from, null));
    } catch {
      // On a full disk: whoever waits for the answer sees the run end.
    }
  }, lookEveryMs);
  const results = await graph.carryOut().finally(() => clearInterval(looking));
  answerAll(run, () => ({ added: [], problems: ["the run has just ended"] }));
  await endLeft(options);
  note({ type: "graph_ended", ok: [...results.values()].every(({ status }) => status === "pass" || status === "warn" || status === "skip") });
  return { id: run.id, results, logOf: run.logOf };
}

function readAdded(definition: unknown, directory: string): ReturnType<GraphPlace["read"]> {
  const { unit, failures } = addedUnit(definition, directory, { file: directory });
  return { problems: failures.map(({ message }) => message), ...(unit === undefined ? {} : { unit }) };
}

function answerAll(run: RunFiles, answerTo: (units: readonly unknown[], directory: string) => HandedInAnswer): void {
  for (const one of run.handedIn()) one.answer(answerTo(one.units, one.directory));
}

/** What a unit left outside of its session. */
async function endLeft({ host, table, scopeId, project }: GraphOptions): Promise<void> {
  const prefix = ownerMark(scopeId, graphUnitId(project), "");
  await endMarked((mark) => mark.startsWith(prefix), table, host.clock);
}
