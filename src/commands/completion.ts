/** `completion SHELL`: a script to source. Words of the table stand in it; names of projects and units are asked for when needed. */
import type { CommandBody, CommandSpec } from "../cli/command.ts";
import { flagsOf } from "../cli/parse.ts";
import type { CompletionReport } from "../contracts/reports.ts";
import { UserError } from "../model/failure.ts";
import { unknownShell } from "../ui/words.ts";
import { bashScript, fishScript, zshScript, type CompletionWords } from "./completion-scripts.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export function completionBody(commands: readonly CommandSpec[]): CommandBody<CompletionReport> {
  return {
    run: async (input) => {
      const shell = input.args[0];
      if (shell !== "bash" && shell !== "zsh" && shell !== "fish") throw new UserError(unknownShell(shell ?? ""));
      return { shell, script: scripts[shell](completionWords(commands)) };
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
      flags: flagsOf(row).map((flag) => ({ name: flag.name, about: flag.about, takesValue: flag.value !== undefined, choices: flag.choices ?? [] })),
      words: (row.args ?? []).flatMap((argument) => argument.choices ?? []),
      takesUnit: (row.args ?? []).some((argument) => argument.name.startsWith("UNIT")),
    }));
}
