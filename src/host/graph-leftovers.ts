/** What killed runs of graphs left outside of the sessions their guards end: processes that carry the mark of a run whose command is gone. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { markedGraph } from "../model/job.ts";
import type { ProcessHandle } from "../model/unit.ts";
import { lockOwner } from "./lock.ts";
import type { Machine } from "./machine.ts";
import type { ProcessRow, ProcessTable } from "./process-row.ts";
import { judgeHandle } from "./process-table.ts";
import { sendSignal } from "./signals.ts";

export interface GraphsPlace {
  readonly table: ProcessTable;
  readonly machine: Machine;
  readonly scopeId: string;
  /** Where runs of graphs are kept, by project. */
  readonly graphs: string;
}

export interface GraphLeftover extends ProcessRow {
  readonly project: string;
}

/** The lock of a project's graph: who holds it runs the graph. */
export function graphLock(graphs: string, project: string): string {
  return join(graphs, `${project}.lock`);
}

/** Who ran a project's graph last and did not get to give its lock back. Undefined while somebody runs it, or may: of another namespace nobody can say. */
export function killedRunner({ table, machine, graphs }: Omit<GraphsPlace, "scopeId">, project: string): ProcessHandle | undefined {
  const owner = lockOwner(graphLock(graphs, project));
  return owner !== undefined && judgeHandle(table, machine, owner) === "dead" ? owner : undefined;
}

/** Those of all projects: a cheap look at a directory. */
export function killedRunners(place: Omit<GraphsPlace, "scopeId">): readonly ProcessHandle[] {
  const names = existsSync(place.graphs) ? readdirSync(place.graphs) : [];
  const projects = new Set(names.flatMap((name) => /^(.*)\.lock\.\d+$/.exec(name)?.[1] ?? []));
  return [...projects].flatMap((project) => killedRunner(place, project) ?? []);
}

/** The processes are read before the locks: what a run that begins meanwhile starts is not among them. */
export function graphLeftovers(place: GraphsPlace): readonly GraphLeftover[] {
  const rows = place.table.rows();
  const marks = place.table.marks(rows);
  const marked = rows.flatMap((row) => {
    const project = markedGraph(marks.get(row.pid) ?? "", place.scopeId);
    return project === undefined || row.pid === process.pid ? [] : [{ ...row, project }];
  });
  const killed = new Set([...new Set(marked.map(({ project }) => project))].filter((project) => killedRunner(place, project) !== undefined));
  return marked.filter(({ project }) => killed.has(project));
}

const mostLooks = 50;
const betweenLooksMs = 20;

/** SIGKILL, as their guards would have it, again and again until nothing is found. Answers what was. */
export async function endGraphLeftovers(place: GraphsPlace, sleep: (ms: number) => Promise<void>): Promise<readonly GraphLeftover[]> {
  const ended = new Map<number, GraphLeftover>();
  for (let look = 0; look < mostLooks; look += 1) {
    const left = graphLeftovers(place);
    if (left.length === 0) break;
    for (const row of left) {
      ended.set(row.pid, row);
      if (place.table.row(row.pid)?.startTime === row.startTime) sendSignal(row.pid, "SIGKILL");
    }
    await sleep(betweenLooksMs);
  }
  return [...ended.values()];
}
