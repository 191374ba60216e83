/** `config --detect [--write]`: a first `.envctl`, from what the repository holds. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandBody } from "../cli/command.ts";
import type { ConfigReport } from "../contracts/reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { configurationExists, detectionUnasked, nothingDetected } from "../ui/words.ts";

export const body: CommandBody<ConfigReport> = {
  async run(input, runtime) {
    if (input.flags["detect"] !== true) throw new UserError(detectionUnasked());
    const { repository } = runtime.checkout;
    const path = join(repository, ".envctl");
    const { text, services } = await runtime.proposeConfig();
    const isWriting = input.flags["write"] === true && input.flags["dry-run"] !== true;
    if (isWriting && services.length === 0) throw new UserError(nothingDetected(repository));
    if (isWriting) writeNew(path, text);
    return {
      saved: isWriting,
      path,
      content: text,
      services: services.map(({ name, dir, command, reason }) => ({ name, dir, command: typeof command === "string" ? command : [...command], reason })),
    };
  },
  text: (report) =>
    report.saved
      ? [...report.services.map((service) => `${service.name}: ${service.reason}`), `wrote ${report.path}`, "  → Look it over, then run: envctl start"]
      : [report.content.trimEnd()],
};

/** Never over an existing file, however it came to be there, unless it says nothing; its comments stay on top. */
function writeNew(path: string, text: string): void {
  try {
    const comments = commentsOf(path);
    if (comments === undefined) writeFileSync(path, text, { flag: "wx" });
    else writeFileSync(path, comments === "" ? text : `${comments}\n\n${text}`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw new UserError(configurationExists(path), exitCodes.conflict);
    throw new UserError({ reason: "state_unwritable", message: `${path} could not be written: ${error instanceof Error ? error.message : String(error)}.` });
  }
}

/** The text of a file of nothing but comments and blank lines; undefined for any other, and for none. */
function commentsOf(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  return text.split("\n").every((line) => /^\s*(?:#.*)?$/.test(line)) ? text.trim() : undefined;
}
