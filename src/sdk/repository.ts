/** The client of a repository over the parts of envctl: for programs of others, and for envctl's own dashboard. */
import { isEnded, type Job } from "../model/job.ts";
import type { RunState } from "../model/run-state.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { ListedJob, Repository } from "./api.ts";
import { envctlOver, intentFrom } from "./connection.ts";
import { followRun, storedMoment, type FollowRuntime } from "./follow.ts";
import { logWindow, type LogReader } from "./log-window.ts";
import { neverAborted } from "./never-aborted.ts";
import { noStarts } from "./starts.ts";

type RepositoryRuntime = FollowRuntime & Pick<EngineRuntime, "checkout" | "discoverProjects" | "isSupervised" | "jobs" | "preview" | "services">;

/** Starts nothing. */
export function repositoryOver(runtime: RepositoryRuntime, reader: LogReader): Repository {
  // While it is followed the state is known, and need not be read for every look into a log.
  let followed: RunState | undefined;
  const starts = noStarts();
  const { daemon, repository } = runtime;
  return {
    now: () => storedMoment(runtime, runtime.isSupervised()),
    history: (runId = repository.list().at(-1)) => (runId === undefined ? [] : repository.events(runId)),
    follow: async function* follow({ signal = neverAborted() } = {}) {
      try {
        for await (const moment of followRun(runtime, starts, signal)) {
          followed = moment.state;
          yield moment;
        }
      } finally {
        followed = undefined;
      }
    },
    preview: async (request) => runtime.preview(await intentFrom(request, runtime)),
    jobs: () => listedJobs(runtime),
    logs: (unitIds, options = {}) => logWindow(unitIds, options, followed ?? repository.latest()?.state, repository, reader),
    reach: async () => {
      const connection = await daemon.connect();
      return connection === undefined ? undefined : envctlOver(connection, runtime, reader);
    },
    connect: async () => envctlOver(await starts.during(daemon.ensure()), runtime, reader),
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
