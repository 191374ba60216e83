/** `jobs`: those that wait, run, or have a result to be taken. Read from the files; no daemon is needed. */
import type { CommandBody } from "../cli/command.ts";
import type { JobsAnswer } from "../contracts/job-reports.ts";
import { jobRow, jobTable } from "./job-rows.ts";
import { listFlag } from "./targets.ts";

export const body: CommandBody<JobsAnswer> = {
  run: async (input, runtime) => {
    const jobs = await (await runtime.jobs()).load();
    const wanted = listFlag(input.flags, "status");
    const shown = jobs.filter((job) => (input.flags["all"] === true || !job.isTaken) && (wanted.length === 0 || wanted.includes(job.life.status)));
    if (input.flags["stats"] !== true) return shown.map(jobRow);
    const statuses = [...new Set(shown.map(({ life }) => life.status))];
    return Object.fromEntries(statuses.map((status) => [status, shown.filter(({ life }) => life.status === status).length]));
  },
  text: (answer) => (Array.isArray(answer) ? jobTable(answer) : Object.entries(answer).map(([status, count]) => `${status} ${count}`)),
};
