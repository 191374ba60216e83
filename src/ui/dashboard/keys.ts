/** The one table of keys: what each does, in which order they are explained, and what the palette offers of it. */

/** Everything a key can do that is no command of the table. */
export type ActionName =
  | "up" | "down" | "page-up" | "page-down" | "first" | "last" | "fold" | "unfold" | "fold-all" | "choose" | "choose-all" | "choose-none" | "next-problem" | "focus" | "back"
  | "logs" | "detail" | "waterfall" | "compare" | "job-pane" | "everything"
  | "filter" | "next-error" | "previous-error" | "follow" | "time" | "wrap" | "pager" | "editor" | "copy-log"
  | "open" | "copy" | "shell" | "path" | "palette" | "help" | "redraw" | "mouse" | "daemon" | "suspend" | "quit";

export const keyGroups = ["Move", "Units", "Views", "Logs", "Everything"] as const;
export type KeyGroup = (typeof keyGroups)[number];

/** A key does an action, or calls a command of the table for what is chosen. */
export type KeyRow = {
  readonly keys: readonly string[];
  readonly group: KeyGroup;
  /** Shown in the last line, the first ones first. */
  readonly hint?: string;
} & ({ readonly action: ActionName; readonly about: string } | { readonly command: string });

export const keyRows: readonly KeyRow[] = [
  { keys: ["up", "k"], group: "Move", action: "up", about: "a row up" },
  { keys: ["down", "j"], group: "Move", action: "down", about: "a row down" },
  { keys: ["pageup", "ctrl-b"], group: "Move", action: "page-up", about: "a page up" },
  { keys: ["pagedown", "ctrl-f"], group: "Move", action: "page-down", about: "a page down" },
  { keys: ["g", "home"], group: "Move", action: "first", about: "to the beginning" },
  { keys: ["G", "end"], group: "Move", action: "last", about: "to the end; a log follows from there" },
  { keys: ["tab"], group: "Move", action: "focus", about: "the keys above go to the other pane" },
  { keys: ["left"], group: "Move", action: "fold", about: "fold the project" },
  { keys: ["right"], group: "Move", action: "unfold", about: "unfold it" },
  { keys: ["Z"], group: "Move", action: "fold-all", about: "fold or unfold every project" },
  { keys: ["!"], group: "Move", action: "next-problem", about: "to the next unit with a problem" },
  { keys: ["esc"], group: "Move", action: "back", about: "back: close what is open, forget the choice, follow" },

  { keys: ["space"], group: "Units", action: "choose", about: "choose, or no longer" },
  { keys: ["*"], group: "Units", action: "choose-all", about: "choose every unit of the project" },
  { keys: ["r"], group: "Units", command: "restart", hint: "restart" },
  { keys: ["s"], group: "Units", command: "stop", hint: "stop" },
  { keys: ["a"], group: "Units", command: "start", hint: "start" },
  { keys: ["t"], group: "Units", command: "test" },
  { keys: ["m"], group: "Units", command: "migrate" },
  { keys: ["v"], group: "Units", command: "review" },
  { keys: ["c"], group: "Units", command: "commit" },
  { keys: ["p"], group: "Units", command: "pr" },
  { keys: ["x"], group: "Units", command: "clear-logs" },
  { keys: ["o"], group: "Units", action: "open", about: "open in the browser", hint: "open" },
  { keys: ["y"], group: "Units", action: "copy", about: "copy the URL" },
  { keys: ["S"], group: "Units", action: "shell", about: "a shell with its environment, in its directory" },

  { keys: ["l"], group: "Views", action: "logs", about: "the log", hint: "logs" },
  { keys: ["enter", "d"], group: "Views", action: "detail", about: "why it is as it is: causes, probes, events, variables", hint: "details" },
  { keys: ["="], group: "Views", action: "compare", about: "the same service in every project" },
  { keys: ["w"], group: "Views", action: "waterfall", about: "what of the last start took how long" },
  { keys: ["J"], group: "Views", action: "job-pane", about: "jobs: s ends one, r runs it again, O shows what it wrote" },
  { keys: ["h"], group: "Views", command: "health" },
  { keys: ["e"], group: "Views", command: "errors" },
  { keys: ["P"], group: "Views", action: "path", about: "which path the comparison asks for" },

  { keys: ["/"], group: "Logs", action: "filter", about: "only lines with these letters; Tab: a regular expression", hint: "filter" },
  { keys: ["n"], group: "Logs", action: "next-error", about: "to the next error" },
  { keys: ["N"], group: "Logs", action: "previous-error", about: "to the error before", },
  { keys: ["f"], group: "Logs", action: "follow", about: "pause, or follow again" },
  { keys: ["L"], group: "Logs", action: "everything", about: "of every unit, or of what is chosen" },
  { keys: ["T"], group: "Logs", action: "time", about: "with the time, or without" },
  { keys: ["W"], group: "Logs", action: "wrap", about: "long lines wrapped, or cut" },
  { keys: ["Y"], group: "Logs", action: "copy-log", about: "copy the lines on the screen, or the error that was found" },
  { keys: ["O"], group: "Logs", action: "pager", about: "the whole log in $PAGER" },
  { keys: ["E"], group: "Logs", action: "editor", about: "the whole log in $EDITOR" },

  { keys: [":", "ctrl-p"], group: "Everything", action: "palette", about: "every command, for every target", hint: "commands" },
  { keys: ["?"], group: "Everything", action: "help", about: "this page", hint: "help" },
  { keys: ["D"], group: "Everything", action: "daemon", about: "start a daemon, where none is" },
  { keys: ["M"], group: "Everything", action: "mouse", about: "the mouse: the wheel scrolls, a click chooses; again: text is selected with it" },
  { keys: ["ctrl-l"], group: "Everything", action: "redraw", about: "draw everything anew" },
  { keys: ["ctrl-z"], group: "Everything", action: "suspend", about: "back to the shell; `fg` returns" },
  { keys: ["q", "ctrl-c"], group: "Everything", action: "quit", about: "leave; everything goes on", hint: "quit" },
];

/** The row of a key. */
export function rowOfKey(key: string): KeyRow | undefined {
  return keyRows.find((row) => row.keys.includes(key));
}

const shownNames: Readonly<Record<string, string>> = { up: "↑", down: "↓", left: "←", right: "→", pageup: "PgUp", pagedown: "PgDn", home: "Home", end: "End", space: "Space", tab: "Tab", esc: "Esc", enter: "Enter" };

/** As it stands on the keyboard. */
export function keyText(key: string): string {
  return shownNames[key] ?? key.replace(/^ctrl-(.)/, (_, letter: string) => `Ctrl-${letter.toUpperCase()}`);
}
