/** The message of a commit, and what is taken out of MAIN_TASK.md. Pure. */
import { UserError } from "../../model/failure.ts";

const longest = 16_000;

export interface MessageSources {
  readonly given?: string;
  readonly file?: string;
  readonly mainTask?: string;
}

/** What was given, else the file, else the heading of MAIN_TASK.md. Throws a UserError where all of them say nothing. */
export function commitMessage({ given, file, mainTask }: MessageSources): string {
  const text = (given ?? file ?? taskHeading(mainTask ?? "") ?? "").replaceAll("\r\n", "\n").trim();
  if (text === "") {
    const source = given === undefined ? (file === undefined ? "there is no message, and no MAIN_TASK.md with a heading" : "the message's file says nothing") : "the message is empty";
    throw new UserError({ reason: "usage_invalid", message: source, hint: "give one with -m MESSAGE, or with --message-file FILE" });
  }
  if (text.length > longest) throw new UserError({ reason: "usage_invalid", message: `the message has ${text.length} characters, more than ${longest}`, hint: "shorten it" });
  return `${text}\n`;
}

/** The first heading, else the first line that says something. */
export function taskHeading(text: string): string | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  const line = lines.find((one) => /^#+\s+\S/.test(one)) ?? lines.find((one) => !/^(?:---|<!--)/.test(one));
  const heading = line?.replace(/^#+\s+/, "").trim();
  return heading === undefined || heading === "" ? undefined : heading.slice(0, 200);
}
