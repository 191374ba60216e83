/** Rows of the table of commands about code that is not envctl's own. */
import type { CommandSpec } from "../cli/command.ts";
import { dryRunFlag } from "../cli/global-flags.ts";

/** `commands` is the whole table, which they are part of. */
export function extensionRows(commands: () => readonly CommandSpec[]): readonly CommandSpec[] {
  return [
    {
      name: "trust", family: "configure", needs: "repository",
      about: "Allow the commands under `on:` in .envctl, requirements, services and autostarts in .envctl.d, and plug-ins to run as they are now; a changed one asks again.",
      flags: [{ name: "remove", about: "Allow none of them any more." }, dryRunFlag],
      examples: ["envctl trust --dry-run", "envctl trust", "envctl trust --remove"],
      load: async () => (await import("./trust.ts")).body,
    },
    {
      name: "plugins", family: "configure", needs: "repository",
      about: "Which plug-ins there are, where they lie, and what is wrong with them.",
      args: [{ name: "ACTION", about: "list runs nothing of them; check loads them and says what they add; list unless given.", choices: ["list", "check"] }],
      flags: [
        { name: "only", value: "NAME", many: true, about: "Only these; for every command ENVCTL_PLUGINS_ONLY does it." },
        { name: "no-init", value: "NAME", many: true, about: "List these, and load nothing of them; for every command ENVCTL_PLUGINS_NO_INIT does it." },
      ],
      examples: ["envctl plugins", "envctl plugins check --json"],
      load: async () => (await import("./plugins.ts")).pluginsBody(commands()),
    },
  ];
}
