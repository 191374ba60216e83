/**
 * Starts the command of a job as a unit is started, behind a claim: a file that the launch makes before the command runs, and
 * that nobody can make twice. Whoever finds a job that may or may not have begun makes the claim in its place, and knows.
 */
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { roomForStatus } from "../../host/front-shell.ts";
import { handleOfProcess } from "../../host/process-table.ts";
import type { JobFiles, LaunchFiles, StoredJob } from "../../jobs/job-files.ts";
import { UserError } from "../../model/failure.ts";
import { jobUnitId, type Job } from "../../model/job.ts";
import type { Exit, ProcessHandle } from "../../model/unit.ts";
import { ownerMark } from "../../model/unit.ts";
import type { EngineParts } from "../engine.ts";
import { markedProcesses } from "../ownership.ts";
import type { StopParts } from "../stop-processes.ts";
import { statusIn, type Supervisor, type Tracked } from "../supervise.ts";
import { unitEnvironment } from "../unit-environment.ts";

/** The part of a mark that says which run: jobs belong to none. */
const markRun = "job";

export interface JobParts {
  readonly engine: EngineParts;
  readonly files: JobFiles;
  /** Of jobs alone: units are counted, sampled and adopted by others. */
  readonly supervisor: Supervisor;
}

/** `exec` keeps the number of processes as it is for a unit; what it writes to standard error goes to a file of its own. */
const claimScript = '(set -C; : >"$1") 2>/dev/null || exit 125; _envctl_input=$2; _envctl_errors=$3; shift 3; exec "$@" <"$_envctl_input" 2>>"$_envctl_errors"';

/** The same with a named pipe as input. A shell holds it open until the pipe beside it is opened, whoever writes to it comes and goes meanwhile. */
const lineScript = '(set -C; : >"$1") 2>/dev/null || exit 125; _envctl_input=$2; _envctl_errors=$3; shift 3; command -p mkfifo "$_envctl_input" "$_envctl_input.end" || exit 126; (: <"$_envctl_input.end") >"$_envctl_input" & exec "$@" <"$_envctl_input" 2>>"$_envctl_errors"';

/** Rejects when nothing could be spawned, and with a UserError for a secret that was never made. */
export async function launchJob({ engine, files, supervisor }: JobParts, job: Job, stored: StoredJob, before: readonly Job[]): Promise<{ readonly tracked: Tracked; readonly handle: ProcessHandle }> {
  const { machine } = engine.host;
  const { claim, status, input, output, errors } = files.filesOf(job.id, job.launches);
  const unit = { id: jobUnitId(job), env: stored.env };
  const environment = { ...unitEnvironment(unit, stored.callerEnvironment, { scopeId: engine.scopeId, runId: markRun, reveal: engine.reveal }), ENVCTL_JOB: job.id, ENVCTL_PROJECT: job.spec.project };
  const given = before.flatMap((one) => outputOfEnded(one) ?? []);
  for (const path of given) await pipeline(createReadStream(path), createWriteStream(input, { flags: "a", mode: 0o600 }));
  if (given.length === 0 && stored.input !== undefined) await writeFile(input, stored.input, { mode: 0o600 });
  const takesLines = job.spec.takesLines === true;
  const command = ["/bin/sh", "-c", takesLines ? lineScript : claimScript, "envctl", claim, takesLines || existsSync(input) ? input : "/dev/null", errors, ...job.spec.command];
  await writeFile(status, roomForStatus, { mode: 0o600 });
  const pid = await engine.launcher.launch({ command, directory: job.spec.directory, environment, logPath: output, statusPath: status });
  const handle: ProcessHandle = handleOfProcess(engine.table, machine, pid) ?? { pid, startTime: "gone", bootId: machine.bootId, pidNamespace: machine.pidNamespace };
  return { tracked: supervisor.track(unit.id, handle, status), handle };
}

/** What the job before it wrote. Throws a UserError when that was taken meanwhile. */
function outputOfEnded({ id, life, isTaken }: Job): string | undefined {
  if (!("output" in life)) return undefined;
  if (existsSync(life.output.path)) return life.output.path;
  if (!isTaken) return undefined;
  throw new UserError({ reason: "dependency_failed", message: `the result of job ${id} was taken before the next stage could read it`, hint: "say --peek when you look at a stage" });
}

/** The first process of a job as it is now: the one that was noted, else the one whose mark tells. Undefined when neither lives. */
export function livingHandle({ engine }: JobParts, job: Job): ProcessHandle | undefined {
  const noted = job.life.status === "running" ? job.life.handle : undefined;
  if (noted !== undefined) return engine.judge(noted) === "dead" ? undefined : noted;
  const marked = markedProcesses(engine.table, engine.table.rows(), ownerMark(engine.scopeId, jobUnitId(job), markRun));
  const leader = marked.find((row) => row.session === row.pid);
  return leader === undefined ? undefined : handleOfProcess(engine.table, engine.host.machine, leader.pid);
}

/** The status its front shell left. */
export function exitIn({ status }: LaunchFiles): Exit | undefined {
  return statusIn(status);
}

/** What ending a job's processes needs. */
export function stopPartsOf({ engine, supervisor }: JobParts): StopParts {
  return { ...engine, supervisor, repository: { list: () => [markRun] } };
}
