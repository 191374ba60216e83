/** Sentences about the words of a command line. */
import type { Failure } from "../model/failure.ts";
import type { UsageTrouble } from "../model/usage.ts";

/** What is wrong with a command line, and what was probably meant. */
export function commandTrouble(trouble: UsageTrouble): Failure {
  switch (trouble.kind) {
    case "unknown_command":
      return usage(`Unknown command "${trouble.word}".`, meant(trouble.nearest) ?? unheardHint(trouble.unheard ?? []));
    case "unknown_option":
      return usage(`Unknown option "${trouble.option}" for ${trouble.command}.`, meant(trouble.nearest) ?? helpHint(trouble.command));
    case "missing_value":
      return usage(`Missing value: ${trouble.option} needs ${trouble.value}.`, valueHint(trouble.option, trouble.value));
    case "unexpected_value":
      return usage(`${trouble.option} takes no value.`, helpHint(trouble.command));
    case "bad_choice":
      return usage(`"${trouble.given}" is not a value of ${trouble.option}.`, meant(trouble.nearest) ?? `One of: ${trouble.choices.join(", ")}.`);
    case "stray_word":
      return usage(`Unexpected word "${trouble.word}" after ${trouble.command}.`, meant(trouble.nearest) ?? strayHint(trouble.takes, trouble.command));
    case "missing_argument":
      return usage(`${trouble.command} needs ${trouble.argument}.`, helpHint(trouble.command));
    case "exclusive_options":
      return usage(`${trouble.options.join(" and ")} exclude each other.`, "Give one of them.");
  }
}

function usage(message: string, hint: string): Failure {
  return { reason: "usage_invalid", message, hint };
}

function meant(nearest: string | undefined): string | undefined {
  return nearest === undefined ? undefined : `Did you mean "${nearest}"?`;
}

function unheardHint(plugins: readonly string[]): string {
  const known = "`envctl help` lists the commands.";
  return plugins.length === 0 ? known : `${known} Plug-ins that nobody has allowed might have it: ${plugins.join(", ")}; \`envctl trust\`.`;
}

function helpHint(command: string): string {
  return `\`envctl help ${command}\` lists what it takes.`;
}

function valueHint(option: string, value: string): string {
  return option.startsWith("--") ? `Write ${option} ${value}, or ${option}=${value} when the value begins with "-".` : `Write ${option} ${value}.`;
}

function strayHint(takes: readonly string[], command: string): string {
  if (takes.includes("--project")) return "Targets are named by --project NAME or --service NAME.";
  return takes.length > 0 && !takes[0]?.startsWith("--") ? `One of: ${takes.join(", ")}.` : helpHint(command);
}
