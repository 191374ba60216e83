/** From the words of `run` to what is ordered. */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import type { CommandInput } from "../cli/command.ts";
import type { ProjectFact } from "../model/facts.ts";
import { UserError } from "../model/failure.ts";
import { errorPolicies, limitFlags, type JobDraft } from "../model/job.ts";
import { limitNames, type Limits } from "../model/supervision.ts";
import type { EngineRuntime } from "../runtime.ts";
import { positiveFlag } from "./job-orders.ts";
import { jobProjects } from "./job-projects.ts";
import { listFlag, textFlag } from "./targets.ts";

const usualAttempts = 3;

/** One job for every project that is meant. Throws a UserError for anything wrong with the words. */
export async function draftsOf(input: CommandInput, runtime: Pick<EngineRuntime, "checkout" | "discoverProjects">): Promise<readonly JobDraft[]> {
  if (input.passthrough.length === 0) throw new UserError({ reason: "usage_invalid", message: "there is nothing to run", hint: "put the command behind --, for example `envctl run -- npm test`" });
  const projects = await jobProjects(input, runtime);
  const timeoutS = positiveFlag(input, "timeout");
  const [name, service] = [textFlag(input.flags, "name"), textFlag(input.flags, "service")];
  const shared = {
    command: input.passthrough,
    tags: listFlag(input.flags, "tag"),
    env: Object.fromEntries(listFlag(input.flags, "env").map(keyValue)),
    onError: errorPolicies.find((one) => one === input.flags["on-error"]) ?? ("keep" as const),
    maxAttempts: Math.ceil(positiveFlag(input, "max-attempts") ?? usualAttempts),
    ...(name === undefined ? {} : { name }),
    ...(service === undefined ? {} : { service }),
    ...(timeoutS === undefined ? {} : { timeoutMs: timeoutS * 1000 }),
    ...limitsOf(input),
    ...(projects.length === 1 ? {} : { batch: { id: randomBytes(8).toString("hex"), concurrency: Math.ceil(positiveFlag(input, "concurrency") ?? availableParallelism()) } }),
  };
  return projects.map((project) => ({ ...shared, project: project.name, ...placeIn(project, projects.length === 1 && service === undefined) }));
}

function limitsOf(input: CommandInput): Pick<JobDraft, "limits"> {
  const [memory, cpu, fds, connections] = limitNames.map((name) => positiveFlag(input, limitFlags[name]));
  const limits: Limits = {
    ...(memory === undefined ? {} : { memoryBytes: memory * 1024 * 1024 }),
    ...(cpu === undefined ? {} : { cpuShare: cpu / 100 }),
    ...(fds === undefined ? {} : { fds }),
    ...(connections === undefined ? {} : { connections }),
    onLimit: "kill",
  };
  return Object.keys(limits).length === 1 ? {} : { limits };
}

/** Where the caller stands, when that is inside the only project; else the service's directory, or the project's root. */
function placeIn({ root }: ProjectFact, isCallersPlace: boolean): Pick<JobDraft, "directory"> {
  const directory = process.cwd();
  return isCallersPlace && (directory === root || directory.startsWith(`${root}/`)) ? { directory } : {};
}

function keyValue(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UserError({ reason: "usage_invalid", message: `--env needs KEY=VALUE, not "${text}"`, hint: "for example --env NODE_ENV=test" });
}
