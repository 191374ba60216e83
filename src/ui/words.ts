/** The sentences commands say to people. Each tells what happened, the value, and what to do next. */
import type { Failure } from "../model/failure.ts";

/** Where a run goes on that nobody looks after. */
export const unsupervised = "no daemon: nothing is supervised; `envctl daemon start`";

/** What is said of a unit where its name stands already: no sentence begins with it again. */
export function withoutName(text: string, unitId: string): string {
  const name = `${unitId} `;
  const rest = text.startsWith(name) ? text.slice(name.length) : text;
  return rest.replaceAll(`: ${name}`, ": ").replaceAll(`; ${name}`, "; ");
}

export function interrupted(): Failure {
  return { reason: "cancelled", message: "Interrupted." };
}

export function needsRepository(): Failure {
  return { reason: "not_running", message: "This works inside a repository only.", hint: "Change into one, or name it with --repo PATH." };
}

export function noDirectory(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  return { reason: "directory_missing", message: `The current directory is gone (${detail}).`, hint: "Change into an existing directory, or name a repository with --repo PATH." };
}

export function configurationMissing(repository: string): Failure {
  return {
    reason: "configuration_missing",
    message: `There is no .envctl in ${repository}.`,
    hint: "Create one from what the repository holds: `envctl config` asks, `envctl config --detect --write` does not.",
  };
}

/** `elsewhere` is what other users keep of it. */
export function noRun(elsewhere: readonly string[] = []): Failure {
  if (elsewhere.length > 0) return { reason: "not_running", message: `You have not started anything in this repository yet; ${elsewhere.join("; ")}.`, hint: "Ask as that user, or start your own beside it: `envctl start`." };
  return { reason: "not_running", message: "Nothing has been started in this repository yet.", hint: "`envctl start` starts it." };
}

export function unknownUnit(word: string, known: readonly string[], nearest: string | undefined): Failure {
  return { reason: "unknown_target", message: `No unit is called "${word}".`, hint: choiceHint(known, nearest, "Units of this run") };
}

export function unknownProject(word: string, known: readonly string[], nearest: string | undefined): Failure {
  return { reason: "unknown_target", message: `No project of this run is called "${word}".`, hint: choiceHint(known, nearest, "Projects") };
}

/** Whoever asks about a project that does not run is told so, and never about another. */
export function projectNotRunning(word: string, active: readonly string[], nearest: string | undefined): Failure {
  return { reason: "requested_project_not_running", message: `No project of this run is called "${word}".`, hint: active.length === 0 ? "Nothing runs; `envctl start` starts it." : `${nearest === undefined ? "" : `Did you mean "${nearest}"? `}Active: ${active.join(", ")}.` };
}

export function projectUnsaid(directory: string, known: readonly string[]): Failure {
  return { reason: "unknown_target", message: `${directory} is not a worktree git knows of any more.`, hint: choiceHint(known, undefined, "Name a project") };
}

export function unknownFilter(word: string, nearest: string | undefined): Failure {
  const hint = nearest === undefined ? "Name a transition (`crashed`), an event type (`unit_crashed`), a unit or a project of the run." : `Did you mean "${nearest}"?`;
  return { reason: "unknown_target", message: `No event, unit or project of this run is called "${word}".`, hint };
}

export function ambiguousUnit(word: string, ids: readonly string[]): Failure {
  return { reason: "unknown_target", message: `"${word}" runs in ${ids.length} projects.`, hint: `Say which: ${ids.join(", ")}.` };
}

export function unknownTopic(word: string, nearest: string | undefined): Failure {
  return { reason: "unknown_target", message: `There is no help on "${word}".`, hint: nearest === undefined ? "`envctl help` lists the commands." : `Did you mean "${nearest}"?` };
}

export function unknownSubject(word: string, nearest: string | undefined): Failure {
  return {
    reason: "unknown_target",
    message: `"${word}" is not a unit, a port, a configuration key or a variable known here.`,
    hint: nearest === undefined ? "`envctl status` lists units and ports, `envctl show-config` lists keys." : `Did you mean "${nearest}"?`,
  };
}

export function nothingToRun(unit: string): Failure {
  return { reason: "usage_invalid", message: "exec needs a command to run.", hint: `Write it after two dashes: envctl exec ${unit} -- CMD` };
}

export function unitUnsaid(): Failure {
  return { reason: "usage_invalid", message: "exec needs the unit whose environment it runs with.", hint: "envctl exec backend -- CMD; or envctl exec --browser -- CMD for a program that drives a browser" };
}

export function unitDirectoryMissing(unit: string, directory: string): Failure {
  return { reason: "directory_missing", message: `The directory of ${unit} is gone: ${directory}.`, hint: "Restore it, or start again from an existing checkout." };
}

export function programNotFound(program: string, detail: string): Failure {
  return { reason: "spawn_failed", message: `"${program}" could not be run: ${detail}.`, hint: "The unit's own PATH counts: see `envctl env UNIT --all`." };
}

export function secretUnavailable(key: string, detail: string): Failure {
  return { reason: "state_unwritable", message: `The secret ${key} could not be read: ${detail}.`, hint: "It is made when its requirement starts: `envctl start`." };
}

export function badNumber(option: string, given: string): Failure {
  return { reason: "usage_invalid", message: `${option} needs a whole number, not "${given}".` };
}

export function badTime(option: string, given: string): Failure {
  return { reason: "usage_invalid", message: `${option} does not understand "${given}".`, hint: "Write 90s, 10m, 2h, 1d or a date such as 2026-03-01T12:00." };
}

export function badCursor(given: string): Failure {
  return { reason: "usage_invalid", message: `"${given}" is no cursor.`, hint: "Give --after the `cursor` of an earlier `envctl logs --json` as it is." };
}

export function notTogether(command: string, options: readonly string[]): Failure {
  return { reason: "usage_invalid", message: `${command} looks at whole logs, so ${options.join(" and ")} cannot be given with it.`, hint: `Leave out ${options.join(" and ")}; --service and --project say whose logs.` };
}

export function badPattern(given: string, detail: string): Failure {
  return { reason: "usage_invalid", message: `--grep: "${given}" is not a regular expression: ${detail}.` };
}

export function configurationExists(file: string): Failure {
  return { reason: "conflict", message: `${file} exists already and is left as it is.`, hint: "Without --write the proposal is only printed." };
}

export function nothingDetected(repository: string): Failure {
  return { reason: "configuration_missing", message: `Nothing that could be started was found in ${repository}.`, hint: "Write a .envctl by hand; .envctl.example in envctl's own directory shows every key." };
}

/** For anything that is not expected trouble: the stack, and where to take it. */
export function bugReport(stack: string, version: string, nodeVersion: string, platform: string): readonly string[] {
  return [
    stack,
    "",
    `This is a bug in envctl ${version} (Node ${nodeVersion}, ${platform}).`,
    "  → Report it with the lines above and the output of `envctl show-state --json`. What is running stays up.",
  ];
}

function choiceHint(known: readonly string[], nearest: string | undefined, label: string): string {
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  return known.length === 0 ? "`envctl start` starts one." : `${label}: ${known.join(", ")}.`;
}

export function badSetting(text: string): Failure {
  return { reason: "usage_invalid", message: `--set needs KEY=VALUE, not "${text}".`, hint: "For example --set services.backend.port=8100." };
}

export function configurationUnasked(): Failure {
  return {
    reason: "usage_invalid",
    message: "config needs to be told what to do, where there is no terminal to ask at.",
    hint: "envctl config --detect shows a proposal, --detect --write keeps it; --set KEY=VALUE changes a value; `envctl help config` tells the rest.",
  };
}

/** `status` is undefined where the editor did its work, but the text cannot be used. */
export function editorFailed(editor: string, status: number | null | undefined, copy: string): Failure {
  const message = status === undefined ? "The configuration was left as it is, since the edited text cannot be used." : `The editor \`${editor}\` ${status === null ? "could not be run" : `ended with exit code ${status}`}; the configuration was left as it is.`;
  return { reason: "usage_invalid", message, hint: `The edited text is in ${copy}.${status === undefined ? "" : " VISUAL or EDITOR names the editor."}` };
}

export function unknownShell(word: string): Failure {
  return { reason: "unknown_target", message: `There is no completion for "${word}".`, hint: "One of: bash, zsh, fish." };
}

export function noUrl(unitId: string | undefined): Failure {
  return { reason: "unknown_target", message: unitId === undefined ? "No service of the run has a URL." : `${unitId} has no URL that a browser opens.`, hint: "envctl endpoints lists what there is." };
}

export function browserFailed(url: string, why: string): Failure {
  return { reason: "runtime_missing", message: `${url} could not be opened: ${why}.`, hint: "BROWSER names the program that opens a URL; `envctl open --dry-run` only prints it." };
}

export function nobodyToAsk(): Failure {
  return { reason: "usage_invalid", message: "Standard input is no terminal, so nobody can be asked.", hint: "Say everything in the command; `envctl help COMMAND` lists what it takes." };
}
