/** The client of a repository over the parts of envctl: for programs of others, and for envctl's own dashboard. */
import { isEnded, type Job } from "../model/job.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { ListedJob, Repository } from "./api.ts";
import { envctlOver, intentFrom, type ReadLog } from "./connection.ts";
import { followRun, storedMoment, type FollowRuntime } from "./follow.ts";
import { neverAborted } from "./never-aborted.ts";

type RepositoryRuntime = FollowRuntime & Pick<EngineRuntime, "checkout" | "discoverProjects" | "isSupervised" | "jobs" | "preview" | "services">;

/** Starts nothing. */
export function repositoryOver(runtime: RepositoryRuntime, readLog: ReadLog): Repository {
  const { daemon, repository } = runtime;
  return {
    now: () => storedMoment(runtime, runtime.isSupervised()),
    history: (runId = repository.list().at(-1)) => (runId === undefined ? [] : repository.events(runId)),
    follow: ({ signal = neverAborted() } = {}) => followRun(runtime, signal),
    preview: async (request) => runtime.preview(await intentFrom(request, runtime)),
    jobs: () => listedJobs(runtime),
    reach: async () => {
      const connection = await daemon.connect();
      return connection === undefined ? undefined : envctlOver(connection, runtime, readLog);
    },
    connect: async () => envctlOver(await daemon.ensure(), runtime, readLog),
  };
}

async function listedJobs(runtime: Pick<EngineRuntime, "jobs">): Promise<readonly ListedJob[]> {
  const files = await runtime.jobs();
  return (await files.load()).filter((job) => !job.isTaken).map((job) => ({ ...job, outputs: outputsOf(job, files.filesOf(job.id, job.launches)) }));
}

function outputsOf(job: Job, { output, errors }: { readonly output: string; readonly errors: string }): readonly string[] {
  if (isEnded(job)) return [job.life.output.path, job.life.errors.path];
  return job.life.status === "running" ? [output, errors] : [];
}
