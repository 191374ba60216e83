/** Colour and links, only where the screen has them. */

/** What of a screen matters here. */
export interface Styled {
  readonly hasColor: boolean;
  readonly hasLinks: boolean;
}

export type Tone = "good" | "busy" | "bad" | "quiet" | "strong";

const codes: Readonly<Record<Tone, string>> = { good: "32", busy: "33", bad: "31", quiet: "2", strong: "1" };

export function toned(text: string, tone: Tone, screen: Styled): string {
  return screen.hasColor ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text;
}

/** OSC 8: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda. */
export function linked(text: string, url: string, screen: Styled): string {
  return screen.hasLinks ? `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\` : text;
}

/** The tone of a status word. */
export function statusTone(word: string): Tone {
  switch (word) {
    case "running":
    case "healthy":
    case "external":
      return "good";
    case "starting":
    case "restarting":
    case "stopping":
    case "degraded":
      return "busy";
    case "stopped":
    case "unknown":
      return "quiet";
    default:
      return "bad";
  }
}
