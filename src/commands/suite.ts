/** `envctl suite list|run`: suites of scripts, each in a project of its own that is thrown away afterwards. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { SuiteReport } from "../contracts/suite-report.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { LoadedSuite } from "../suites/load.ts";
import { suiteLines } from "../ui/suite-lines.ts";
import { maskedValues } from "./mask.ts";
import { secretNames } from "./secret-names.ts";
import { projectSettings } from "./suite-project.ts";
import { runSuite, workersOf } from "./suite-run.ts";
import { noteStrays } from "./stray-directories.ts";
import { listFlag } from "./targets.ts";

export const body: CommandBody<SuiteReport> = {
  async run(input, runtime) {
    const [action, word] = input.args;
    noteStrays(input, runtime, "ENVCTL_EXTERNAL_SUITES_PATH");
    if (input.flags["list-configs"] === true) return listed("list-configs", runtime);
    if (action === "list") return listed("list", runtime);
    if (action !== "run" || word === undefined) throw new UserError({ reason: "usage_invalid", message: "which suite?", hint: "`envctl suite list` shows those there are; then `envctl suite run NAME`" });
    if (input.flags["resume"] === true && listFlag(input.flags, "script").length > 0) throw new UserError({ reason: "usage_invalid", message: "--resume goes on with all that is left of a run: it takes no --script", hint: "for one script alone begin afresh, without --resume" });
    const suite = chosenScripts((await runtime.suites()).load(word), listFlag(input.flags, "script"));
    return input.flags["dry-run"] === true ? planned(suite, input, runtime) : runSuite(suite, input, runtime);
  },
  text: (report) => suiteLines(report),
  exit: (report) => (report.action === "run" ? report.exit : exitCodes.ok),
};

async function listed(action: "list" | "list-configs", runtime: EngineRuntime): Promise<SuiteReport> {
  const suites = (await runtime.suites()).list();
  return { action, suites: suites.map(({ name, listed: file, ...one }) => ({ name, listed: file, file: one.file ?? null, folder: one.folder ?? null })) };
}

/** Those of `--script NAME` and `--script SUITE::NAME`. */
function chosenScripts(suite: LoadedSuite, words: readonly string[]): LoadedSuite {
  if (words.length === 0) return suite;
  const names = suite.scripts.map(({ name }) => name);
  const wanted = words.map((word) => (word.startsWith(`${suite.name}::`) ? word.slice(suite.name.length + 2) : word));
  for (const name of wanted) {
    const nearest = nearestName(name, names);
    if (!names.includes(name)) throw new UserError({ reason: "unknown_target", message: `${suite.name} has no script "${name}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: `scripts: ${names.join(", ")}` }, exitCodes.interrupted);
  }
  return { ...suite, scripts: suite.scripts.filter(({ name }) => wanted.includes(name)) };
}

async function planned(suite: LoadedSuite, input: CommandInput, runtime: EngineRuntime): Promise<SuiteReport> {
  const { name, config, directory, services, scripts } = suite;
  const isOwn = services?.length !== 0;
  const settings = isOwn ? await projectSettings(suite, runtime) : undefined;
  return {
    action: "plan", suite: name, config, directory, own_project: isOwn, services: services === undefined ? null : [...services], units: [...(settings?.units ?? [])], settings: { ...settings?.overrides },
    environment: { ...maskedValues(suite.environment, await secretNames(runtime)) },
    workers: workersOf(suite, input),
    scripts: scripts.map(({ name: script, command, timeoutMs, turn: { requires, uses, claims } }) => ({ name: `${name}::${script}`, timeout_ms: timeoutMs, requires: [...requires], uses: [...uses], claims: [...claims], ...("trouble" in command ? { command: [], trouble: command.trouble } : { command: [...command], trouble: null }) })),
  };
}
