/** `completion SHELL`: a script to source. Words of the table stand in it; names of projects and units are asked for when needed. */
import type { CommandBody, CommandSpec } from "../cli/command.ts";
import { flagsOf } from "../cli/parse.ts";
import type { CompletionReport } from "../contracts/reports.ts";
import { UserError } from "../model/failure.ts";
import { unknownShell } from "../ui/words.ts";
import { bashScript, fishScript, powershellScript, zshScript, type CompletionWords, type LiveNames } from "./completion-scripts.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript } as const;

/** Flags and words whose values are names of this repository. */
const liveFlags: Readonly<Record<string, LiveNames>> = { project: "projects", service: "units", requirement: "requirements", repo: "directories" };
const liveWords: readonly (readonly [beginning: string, live: LiveNames])[] = [["UNIT", "units"], ["SERVICE", "units"], ["PROJECT", "projects"]];

export function completionBody(commands: readonly CommandSpec[]): CommandBody<CompletionReport> {
  return {
    run: async (input) => {
      const shell = input.args[0];
      if (shell !== "bash" && shell !== "zsh" && shell !== "fish" && shell !== "powershell") throw new UserError(unknownShell(shell ?? ""));
      return { shell, script: scripts[shell](completionWords([...commands, ...(await input.pluginCommands())])) };
    },
    text: (report) => [report.script.trimEnd()],
  };
}

/** What a script needs to know of each command. */
export function completionWords(commands: readonly CommandSpec[]): readonly CompletionWords[] {
  return commands
    .filter((row) => row.isHidden !== true)
    .map((row) => ({
      name: row.name,
      about: row.about,
      flags: flagsOf(row).map((flag) => ({ name: flag.name, about: flag.about, takesValue: flag.value !== undefined, choices: flag.choices ?? [], ...liveOf(flag.value === undefined ? undefined : liveFlags[flag.name]) })),
      words: (row.args ?? []).flatMap((argument) => argument.choices ?? []),
      ...liveOf(liveWords.find(([beginning]) => (row.args ?? []).some(({ name }) => name.startsWith(beginning)))?.[1]),
    }));
}

function liveOf(live: LiveNames | undefined): { readonly live?: LiveNames } {
  return live === undefined ? {} : { live };
}
