/** `system dump|load|tidy`: the store of jobs and messages, as a file and back. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { SystemReport } from "../contracts/system-report.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { jobLine } from "./job-orders.ts";
import { textFlag } from "./targets.ts";

type Action = SystemReport["action"];
type Store = Awaited<ReturnType<EngineRuntime["jobStore"]>>;
type Dump = Awaited<ReturnType<Store["load"]>>;

const bodies: Readonly<Record<Action, (input: CommandInput, runtime: EngineRuntime) => Promise<SystemReport>>> = { dump: dumped, load: loaded, tidy: tidied };

export const body: CommandBody<SystemReport> = {
  run: async (input, runtime) => {
    const action = (Object.keys(bodies) as readonly Action[]).find((one) => one === input.args[0]);
    if (action === undefined) throw new UserError({ reason: "usage_invalid", message: `the store cannot "${input.args[0] ?? ""}"`, hint: `one of ${Object.keys(bodies).join(", ")}` });
    return bodies[action](input, runtime);
  },
  text: (report) => (report.action === "tidy" ? [`Removed ${report.queues.length} empty queues, ${report.jobs.length} expired jobs, ${report.remains} files of no job.`] : countLines(report)),
};

/** For its owner alone: messages and outputs may hold anything. */
async function dumped(input: CommandInput, runtime: EngineRuntime): Promise<SystemReport> {
  const path = resolve(textFlag(input.flags, "output") ?? missing("dump", "output"));
  if (existsSync(path) && input.flags["force"] !== true) throw new UserError({ reason: "conflict", message: `${path} is there already`, hint: "say --force to replace it" }, exitCodes.conflict);
  const { dump, leftOut } = await (await runtime.jobStore()).dump();
  told(path, "written", () => {
    // A file that is there keeps its mode when it is written to.
    rmSync(path, { force: true });
    writeFileSync(path, `${JSON.stringify(dump)}\n`, { mode: 0o600, flag: "wx" });
  });
  return { action: "dump", path, dry_run: false, ...countsOf(dump), left_out: [...leftOut] };
}

async function loaded(input: CommandInput, runtime: EngineRuntime): Promise<SystemReport> {
  const path = resolve(textFlag(input.flags, "input") ?? missing("load", "input"));
  if (!existsSync(path)) throw new UserError({ reason: "unknown_target", message: `${path} does not exist` }, exitCodes.interrupted);
  const isShown = input.flags["dry-run"] === true;
  const store = await runtime.jobStore();
  const added = await store.load(store.read(told(path, "read", () => readFileSync(path, "utf8")), path), isShown);
  if (!isShown && added.jobs.length > 0 && runtime.isSupervised()) await jobLine(runtime)({ action: "reload" }, input.signal);
  return { action: "load", path, dry_run: isShown, ...countsOf(added), left_out: [] };
}

async function tidied(input: CommandInput, runtime: EngineRuntime): Promise<SystemReport> {
  const isSupervised = runtime.isSupervised();
  if (isSupervised) await jobLine(runtime)({ action: "reload" }, input.signal);
  const { queues, jobs, remains } = await (await runtime.jobStore()).tidy(isSupervised);
  return { action: "tidy", queues: [...queues], jobs: [...jobs], remains };
}

/** What the system says of a file that somebody named. */
function told<T>(path: string, done: "read" | "written", act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new UserError({ reason: "usage_invalid", message: `${path} cannot be ${done}: ${error.message}`, hint: "name a file that can" });
  }
}

function countsOf({ queues, aliases, jobs }: Dump): { readonly messages: number; readonly aliases: number; readonly jobs: number } {
  return { messages: queues.reduce((sum, { messages }) => sum + messages.length, 0), aliases: Object.keys(aliases).length, jobs: jobs.length };
}

function countLines({ action, path, dry_run: isShown, messages, aliases, jobs, left_out: leftOut }: Exclude<SystemReport, { action: "tidy" }>): readonly string[] {
  const what = `${messages} messages, ${aliases} aliases, ${jobs} results`;
  const left = leftOut.length === 0 ? [] : [`Left out, since they are above 10 MB: ${leftOut.join(", ")}`];
  return [action === "dump" ? `${path}: ${what}.` : `${isShown ? "Would take in" : "Took in"} ${what} from ${path}.`, ...left];
}

function missing(action: Action, flag: string): never {
  throw new UserError({ reason: "usage_invalid", message: `\`system ${action}\` needs --${flag}`, hint: `envctl system ${action} --${flag} FILE` });
}
