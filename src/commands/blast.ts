/** `envctl blast-all` and `blast-worktree`: end what is marked as ours, whatever became of state and daemon, and prove it. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { BlastReport } from "../model/blast.ts";
import { exitCodes, UserError, type ExitCode } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { EngineRuntime } from "../runtime.ts";
import { blastLines } from "../ui/blast-lines.ts";
import { projectUnsaid, unknownProject } from "../ui/words.ts";

/** With the repository it was called in, which the text leaves out. */
export type BlastAnswer = BlastReport & { readonly scope: string };

export const body: CommandBody<BlastAnswer> = {
  run: async (input, runtime) => {
    const { flags } = input;
    const project = input.command === "blast-worktree" ? await projectOf(input, runtime) : undefined;
    const report = await runtime.blast({ isDryRun: flags["dry-run"] === true, allRepositories: flags["all-repositories"] === true, ...(project === undefined ? {} : { project }) });
    // The other projects of a daemon that had to go are looked after again.
    if (project !== undefined && report.endedDaemons.length > 0) await runtime.control();
    return { scope: runtime.scopeId, ...report };
  },
  text: (answer) => blastLines(answer, answer.scope),
  exit: (answer): ExitCode => (answer.ok ? exitCodes.ok : exitCodes.failure),
};

/** The one named, also when its directory is gone; else the checkout the caller stands in. */
async function projectOf(input: CommandInput, runtime: EngineRuntime): Promise<string> {
  const found = await runtime.discoverProjects();
  const [word] = input.args;
  const here = found.find(({ root }) => root === runtime.checkout.projectRoot)?.name;
  if (word === undefined && here !== undefined) return here;
  const everything = await runtime.blast({ isDryRun: true, allRepositories: false });
  const running = [...everything.processes, ...everything.containers].map(({ unitId }) => unitId.split("/")[0] ?? "");
  const names = [...new Set([...found.map(({ name }) => name), ...Object.keys(stateProjects(runtime)), ...running])];
  if (word === undefined) throw new UserError(projectUnsaid(runtime.checkout.projectRoot, names));
  const name = names.find((one) => one.toLowerCase() === word.toLowerCase());
  if (name === undefined) throw new UserError(unknownProject(word, names, nearestName(word, names)));
  return name;
}

function stateProjects(runtime: Pick<EngineRuntime, "repository">): Readonly<Record<string, unknown>> {
  try {
    return runtime.repository.latest()?.state.projects ?? {};
  } catch {
    return {};
  }
}
