/** `jobs`: those that wait, run, or have a result to be taken. Read from the files; no daemon is needed. */
import { existsSync } from "node:fs";
import type { CommandBody } from "../cli/command.ts";
import type { JobsAnswer } from "../contracts/job-reports.ts";
import type { EngineRuntime } from "../runtime.ts";
import { jobRow, jobTable } from "./job-rows.ts";
import { listFlag } from "./targets.ts";

/** So many units are named. */
const mostNamed = 5;

export const body: CommandBody<JobsAnswer> = {
  run: async (input, runtime) => {
    const jobs = await (await runtime.jobs()).load();
    const wanted = listFlag(input.flags, "status");
    const shown = jobs.filter((job) => (input.flags["all"] === true || !job.isTaken) && (wanted.length === 0 || wanted.includes(job.life.status)));
    if (!input.wantsJson) for (const line of await graphLines(runtime)) input.note(line);
    if (input.flags["stats"] !== true) return shown.map(jobRow);
    const statuses = [...new Set(shown.map(({ life }) => life.status))];
    return Object.fromEntries(statuses.map((status) => [status, shown.filter(({ life }) => life.status === status).length]));
  },
  text: (answer) => (Array.isArray(answer) ? jobTable(answer) : Object.entries(answer).map(([status, count]) => `${status} ${count}`)),
};

/** Graphs that are being run: no jobs, and still what somebody who looks for work wants to know of. */
async function graphLines({ scope, discoverProjects, graph }: EngineRuntime): Promise<readonly string[]> {
  if (!existsSync(scope.graphs)) return [];
  const states = await Promise.all((await discoverProjects()).map(async (project) => (await graph(project)).underWay()));
  return states.filter((state) => state !== undefined).map(({ project, intended, results, running }) => {
    const done = [...intended].filter((unit) => results.has(unit)).length;
    const now = running.size === 0 ? "" : `, now ${[...running].slice(0, mostNamed).join(", ")}${running.size > mostNamed ? ", …" : ""}`;
    return `The graph of ${project} runs: ${done} of ${intended.size} units ended${now}; \`envctl graph events --follow\` shows it.`;
  });
}
