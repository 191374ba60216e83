/** One command from words to exit code. The single catch for everything that goes wrong. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exitCodes, UserError, type Failure } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { bugReport, configurationMissing, interrupted, needsRepository, noDirectory, nobodyToAsk } from "../ui/words.ts";
import { commandTrouble } from "../ui/usage-words.ts";
import type { CommandInput, CommandSpec, Screen } from "./command.ts";
import type { ComposeOptions } from "./compose.ts";
import type { ParsedCommand } from "./parse.ts";
import { commandsOfPlugins, parsedWithPlugins } from "./plugin-commands.ts";
import { answerOf, contractOf } from "./contract.ts";
import { version } from "./version.ts";

/** What a command may see of the process it runs in. */
export interface Shell {
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: () => string;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** From now on a reader that goes away interrupts, instead of ending the process at once. */
  readonly endWithReader?: () => void;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly isInputTerminal: boolean;
  readonly isOutputTerminal: boolean;
  readonly width: number;
  readonly compose: (options: ComposeOptions) => Promise<EngineRuntime>;
  readonly table: () => Promise<readonly CommandSpec[]>;
}

/** The exit code; every message has been written. */
export async function runCommand(argv: readonly string[], shell: Shell): Promise<number> {
  const beforePassthrough = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const wantsJson = beforePassthrough.includes("--json");
  let streams = false;
  try {
    const parsed = await parsedWithPlugins(argv, shell, (repo) => ({ ...repo, environment: shell.environment, directory: directoryOf(shell) }));
    if (!parsed.ok) throw new UserError(commandTrouble(parsed.trouble));
    streams = parsed.spec.streams === true;
    return await carryOut(await meant(parsed, shell), shell);
  } catch (error) {
    return reportTrouble(error, shell, { wantsJson, streams });
  }
}

/** `--help` and `--version` are commands of their own, wherever they stand. */
async function meant(parsed: ParsedCommand, shell: Shell): Promise<ParsedCommand> {
  const isHelp = parsed.flags["help"] === true;
  if (!isHelp && parsed.flags["version"] !== true) return parsed;
  const spec = (await shell.table()).find((row) => row.name === (isHelp ? "help" : "version"));
  return spec === undefined ? parsed : { ...parsed, spec, args: isHelp && parsed.hasWord ? [parsed.spec.name] : [] };
}

async function carryOut(parsed: ParsedCommand, shell: Shell): Promise<number> {
  const { spec } = parsed;
  const runtime = spec.needs === "nothing" ? withoutRepository() : await shell.compose(composeOptions(parsed, shell));
  const asked = commandInput(parsed, shell);
  if (spec.needs === "config" && parsed.flags["dry-run"] !== true && !isConfigured(runtime)) await makeConfiguration(asked, runtime, shell);
  const input = parsed.flags["pick"] === true ? await pickedInput(asked, spec, runtime) : asked;
  if (input === undefined) {
    shell.writeOut("Nothing was chosen.\n");
    return exitCodes.ok;
  }
  const body = await spec.load();
  if (spec.endsWithReader === true) shell.endWithReader?.();
  const report = await body.run(input, runtime);
  // A command that streamed everything has nothing to add.
  if (input.wantsJson && report !== undefined) shell.writeOut(`${JSON.stringify(answerOf(spec, report), null, spec.streams === true ? undefined : 2)}\n`);
  if (!input.wantsJson) for (const line of body.text(report, input.screen)) shell.writeOut(`${line}\n`);
  return body.exit?.(report) ?? exitCodes.ok;
}

/** What the person chooses, as if it had been named; undefined for nothing. */
async function pickedInput(input: CommandInput, spec: CommandSpec, runtime: EngineRuntime): Promise<CommandInput | undefined> {
  if (!input.isInteractive || input.wantsJson) throw new UserError(nobodyToAsk());
  const { withPicked } = await import("./picked-targets.ts");
  return withPicked(input, spec, runtime);
}

function composeOptions(parsed: ParsedCommand, shell: Shell): ComposeOptions {
  const repo = parsed.flags["repo"];
  const isAnywhere = parsed.spec.anywhereWith !== undefined && parsed.flags[parsed.spec.anywhereWith] === true;
  return { ...(typeof repo === "string" ? { repo } : {}), ...(isAnywhere ? { isAnywhere } : {}), ...(parsed.flags["debug"] === true ? { isRecorded: true } : {}), called: { command: parsed.spec.name, flags: Object.keys(parsed.flags) }, environment: shell.environment, directory: directoryOf(shell) };
}

function directoryOf(shell: Shell): string {
  try {
    return shell.directory();
  } catch (error) {
    throw new UserError(noDirectory(error));
  }
}

function commandInput(parsed: ParsedCommand, shell: Shell): CommandInput {
  const wantsJson = parsed.flags["json"] === true;
  // The input is asked last: for a file or a pipe Node loads much that nobody reads from.
  const looksInteractive = !wantsJson && shell.isOutputTerminal && !shell.environment["CI"] && shell.isInputTerminal;
  return {
    command: parsed.spec.name,
    args: parsed.args,
    passthrough: parsed.passthrough,
    flags: parsed.flags,
    wantsJson,
    isInteractive: parsed.flags["interactive"] === true || (looksInteractive && parsed.flags["headless"] !== true),
    screen: screenOf(parsed, shell),
    signal: shell.signal,
    pluginCommands: () => commandsOfPlugins(composeOptions(parsed, shell), shell),
    write: (line) => shell.writeOut(`${line}\n`),
    note: (line) => shell.writeError(`${line}\n`),
  };
}

/** NO_COLOR: https://no-color.org. */
function screenOf(parsed: ParsedCommand, shell: Shell): Screen {
  const isPlain = parsed.flags["no-color"] === true || (shell.environment["NO_COLOR"] ?? "") !== "" || shell.environment["TERM"] === "dumb";
  const hasColor = shell.isOutputTerminal && !isPlain;
  return { width: shell.width, hasColor, hasLinks: hasColor };
}

/** Whether anybody has written a configuration. */
export function isConfigured({ checkout, host }: Pick<EngineRuntime, "checkout" | "host">): boolean {
  const named = host.environment["ENVCTL_CONFIG_FILE"];
  return (named !== undefined && named !== "") || [checkout.projectRoot, checkout.repository].some((root) => existsSync(join(root, ".envctl")));
}

/** A plan may be shown for detected services; carrying one out needs a written configuration, which a person is asked for and anybody else must make. */
async function makeConfiguration(input: CommandInput, runtime: EngineRuntime, shell: Shell): Promise<void> {
  const setup = input.isInteractive ? (await shell.table()).find((row) => row.name === "config") : undefined;
  await (await setup?.load())?.run({ ...input, command: "config", args: [], flags: {} }, runtime);
  if (!isConfigured(runtime)) throw new UserError(configurationMissing(runtime.checkout.repository));
}

/** For commands that work anywhere: any use of a part is a mistake of the table, told as "not in a repository". */
function withoutRepository(): EngineRuntime {
  const refuse = (): never => {
    throw new UserError(needsRepository());
  };
  return {
    get host() { return refuse(); },
    get checkout() { return refuse(); },
    get scopeId() { return refuse(); },
    get scope() { return refuse(); },
    get repository() { return refuse(); },
    resolveConfig: async () => refuse(),
    discoverProjects: async () => refuse(),
    worktrees: async () => refuse(),
    configFile: async () => refuse(),
    knownSecret: async () => refuse(),
    trust: async () => refuse(),
    dataOf: async () => refuse(),
    volumesOf: async () => refuse(),
    adapterFiles: async () => refuse(),
    plugins: async () => refuse(),
    requirements: async () => refuse(),
    actions: async () => refuse(),
    observeUnits: () => refuse(),
    programPid: () => refuse(),
    isSupervised: () => refuse(),
    loopNote: () => refuse(),
    figures: () => refuse(),
    portHolder: async () => refuse(),
    examine: async () => refuse(),
    unitProcesses: async () => refuse(),
    legacyState: async () => refuse(),
    keptThings: async () => refuse(),
    removeThings: async () => refuse(),
    get daemon() { return refuse(); },
    jobs: async () => refuse(),
    graph: async () => refuse(),
    queues: async () => refuse(),
    jobStore: async () => refuse(),
    services: async () => refuse(),
    preview: async () => refuse(),
    blast: async () => refuse(),
    suites: async () => refuse(),
    get throwAways() { return refuse(); },
    control: async () => refuse(),
  };
}

interface AnswerForm {
  readonly wantsJson: boolean;
  readonly streams: boolean;
}

function reportTrouble(error: unknown, shell: Shell, form: AnswerForm): number {
  if (error instanceof UserError) return reportFailures(error.failures, error.exit, shell, form);
  if (shell.signal.aborted) return reportFailures([interrupted()], exitCodes.interrupted, shell, form);
  if (form.wantsJson) writeJson(shell, form, [{ reason: "internal", message: error instanceof Error ? error.message : String(error) }]);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  shell.writeError(`${bugReport(stack, version, process.version, process.platform).join("\n")}\n`);
  return exitCodes.failure;
}

function reportFailures(failures: readonly Failure[], exit: number, shell: Shell, form: AnswerForm): number {
  if (form.wantsJson) writeJson(shell, form, failures);
  else for (const failure of failures) shell.writeError(`${failureLines(failure).join("\n")}\n`);
  return exit;
}

function writeJson(shell: Shell, form: AnswerForm, failures: readonly Failure[]): void {
  const [error] = failures;
  shell.writeOut(`${JSON.stringify({ contract_version: contractOf("error"), ok: false, error, ...(failures.length > 1 ? { errors: failures } : {}) }, null, form.streams ? undefined : 2)}\n`);
}
