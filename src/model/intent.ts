/** What a caller wants done; everything that changes state is one of these. */

export type IntentKind = "start" | "stop" | "restart" | "resume" | "reload";

/** Which projects and services are meant; empty lists mean "as configured". */
export interface Selection {
  readonly mode?: "main" | "trees";
  readonly projects: readonly string[];
  readonly services: readonly string[];
  /** Every project of the live run, whatever mode (stop-all). */
  readonly all?: boolean;
}

/** Who asks: a unit started for an intent gets this environment and no older one. */
export interface Caller {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What of the configuration comes with a command. */
export interface Layers {
  /** Profile file `.envctl.<profile>` to layer in. */
  readonly profile?: string;
  /** `KEY=value` overrides from flags, highest layer. */
  readonly overrides?: Readonly<Record<string, string>>;
}

export interface Intent extends Layers {
  readonly kind: IntentKind;
  readonly selection: Selection;
  readonly caller: Caller;
  /** Begin afresh: what is selected is stopped first. */
  readonly noResume?: boolean;
  /** A stop also removes the volumes of what it is about: its data are gone. */
  readonly removeVolumes?: boolean;
  /** Fail at once with exit 3 when another intent is being carried out. */
  readonly noWait?: boolean;
}
