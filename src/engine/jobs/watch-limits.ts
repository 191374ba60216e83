/** Watches what a job's whole process tree uses, and what it writes. Decides by the same rules as for services. */
import { establishedConnections } from "../../host/sockets.ts";
import type { Failure } from "../../model/failure.ts";
import { jobUnitId, outputLimitOf, type Job } from "../../model/job.ts";
import { judgeLimits, measuredIn, type Standings } from "../../model/limits.ts";
import type { Limits } from "../../model/supervision.ts";
import type { ProcessHandle } from "../../model/unit.ts";
import { sampleFamily, type FamilySample } from "../family-figures.ts";
import { familiesOf } from "../ownership.ts";
import { limitFailure, outputFailure } from "./job-failures.ts";
import type { JobParts } from "./launch-job.ts";

const sampleMs = 500;
/** A program writes gigabytes in a second, and looking is cheap. */
const outputMs = 100;

/** Tells of limits that are passed, some again and again, until the answer is called. */
export function watchJob(parts: JobParts, job: Job, handle: ProcessHandle, tell: (failure: Failure) => void): () => void {
  const { limits } = job.spec;
  const timers = [looking(outputSample(parts, job, tell), outputMs), ...(limits === undefined ? [] : [looking(processSample(parts, job, { handle, limits }, tell), sampleMs)])];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

type Sample = () => Promise<void>;

/** What could not be looked at is looked at again. */
function looking(sample: Sample, everyMs: number): NodeJS.Timeout {
  return setInterval(() => void sample().catch(() => undefined), everyMs);
}

function outputSample({ files }: JobParts, job: Job, tell: (failure: Failure) => void): Sample {
  return async () => {
    const bytes = files.bytesWritten(job.id, job.launches);
    if (bytes > outputLimitOf(job.spec)) tell(outputFailure(job, bytes));
  };
}

function processSample({ engine }: JobParts, job: Job, { handle, limits }: { readonly handle: ProcessHandle; readonly limits: Limits }, tell: (failure: Failure) => void): Sample {
  const unitId = jobUnitId(job);
  let before: FamilySample | undefined;
  let standings: Standings = {};
  return async () => {
    const processes = familiesOf(await engine.snapshots.rows(), [{ unitId, handle, recorded: [] }]).get(unitId) ?? [];
    before = sampleFamily(engine, { handle, processes, ...(limits.connections === undefined ? {} : { connectionsOf: establishedConnections() }) }, before);
    const judged = judgeLimits(standings, limits, measuredIn(before.figures), engine.host.clock.monotonic());
    standings = judged.standings;
    for (const excess of judged.excesses) tell(limitFailure(job, excess));
  };
}
