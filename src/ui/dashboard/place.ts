/** Where the person is: what is chosen, folded, open, typed. Together with the world it decides everything on the screen. */
import type { Line } from "./span.ts";

export const views = ["logs", "detail", "waterfall", "compare", "jobs"] as const;
/** What the pane beside or below the units shows. */
export type View = (typeof views)[number];

export interface LogPlace {
  /** Of what is chosen, or of every unit. */
  readonly scope: "chosen" | "everything";
  /** Absent while it follows: offsets behind the last line shown, by unit. */
  readonly ends?: Readonly<Record<string, number>>;
  readonly filter: string;
  readonly isRegex: boolean;
  readonly showsTime: boolean;
  readonly wraps: boolean;
  /** The line a search found. */
  readonly found?: { readonly unitId: string; readonly end: number };
}

/** Words for a command of the table, and whom it is about. */
export interface Call {
  readonly command: string;
  readonly words: readonly string[];
  readonly targets: Targets;
}

/** Projects as a whole, and single units. Neither: everything. */
export interface Targets {
  readonly projects: readonly string[];
  readonly units: readonly string[];
}

/** Something in front of the panes, which keys go to first. */
export type Overlay =
  | { readonly kind: "help"; readonly top: number }
  | { readonly kind: "palette"; readonly text: string; readonly at: number }
  | { readonly kind: "filter"; readonly text: string; readonly isRegex: boolean }
  | { readonly kind: "path"; readonly text: string }
  /** What exactly would happen, and what to do when it is agreed to. */
  | { readonly kind: "confirm"; readonly title: string; readonly lines: readonly string[]; readonly call: Call }
  /** The same, and the message it takes along. */
  | { readonly kind: "message"; readonly title: string; readonly lines: readonly string[]; readonly call: Call; readonly text: string }
  /** What a command said. */
  | { readonly kind: "output"; readonly title: string; readonly lines: readonly Line[]; readonly top: number };

export interface Place {
  /** `project` or `project/unit`; undefined until there is something. */
  readonly cursor: string | undefined;
  /** Units chosen with the space bar. */
  readonly chosen: readonly string[];
  readonly folded: readonly string[];
  readonly focus: "units" | "view";
  readonly view: View;
  /** First line of a view that can be scrolled, other than logs. */
  readonly top: number;
  readonly log: LogPlace;
  /** Id of the job under the cursor; the first one unless it is there. */
  readonly job: string | undefined;
  /** What a GET of the comparison asks for. */
  readonly path: string;
  readonly overlay: Overlay | undefined;
  /** The mouse is heard; the terminal then selects no text with it. */
  readonly hasMouse: boolean;
  /** What the last key led to. */
  readonly message: string;
}

export const firstPlace: Place = {
  cursor: undefined,
  chosen: [],
  folded: [],
  focus: "units",
  view: "logs",
  top: 0,
  log: { scope: "chosen", filter: "", isRegex: false, showsTime: false, wraps: false },
  job: undefined,
  path: "",
  overlay: undefined,
  hasMouse: false,
  message: "",
};

/** The same log from its end on. */
export function following(log: LogPlace): LogPlace {
  const { ends: _ends, found: _found, ...rest } = log;
  return rest;
}
