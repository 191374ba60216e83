/** `help [TOPIC]`. */
import type { CommandBody, CommandSpec } from "../cli/command.ts";
import type { HelpReport } from "../contracts/reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import { unknownTopic } from "../ui/words.ts";
import { guideNames, guideText } from "./guides.ts";
import { commandLines, overviewLines } from "./help-text.ts";
import { topics } from "./topics.ts";

/** Made over the table, so that the table need not be imported by what it lists. */
export function helpBody(builtIn: readonly CommandSpec[]): CommandBody<HelpReport> {
  return {
    run: async (input) => {
      const commands = [...builtIn, ...(await input.pluginCommands())];
      const word = input.args[0];
      if (word === undefined) return { topic: null, text: [...overviewLines(commands), `\`envctl help TOPIC\`, of ${topics.map(({ name }) => name).join(", ")}, explains what they have in common.`] };
      const row = commands.find((one) => one.name === word || (one.aliases ?? []).includes(word));
      const topic = topics.find(({ name }) => name === word);
      // `agents --help` is about the command, `help agents` about them.
      if (row !== undefined && (topic === undefined || input.flags["help"] === true)) return { topic: row.name, text: [...commandLines(row)] };
      if (topic !== undefined) return { topic: topic.name, text: [topic.about, "", ...topic.lines, ...(topic.more?.() ?? [])] };
      const guides = guideNames();
      if (guides.includes(word)) return { topic: word, text: [...guideText(word)] };
      throw new UserError(unknownTopic(word, nearestName(word, [...commands.flatMap((one) => [one.name, ...(one.aliases ?? [])]), ...topics.map(({ name }) => name), ...guides])), exitCodes.interrupted);
    },
    text: (report) => report.text,
  };
}
