/** What the outside is asked to do for a key. */
import type { Call, Place } from "./place.ts";

export type Effect =
  /** A command of the table. `isConfirmed`: the person has seen what it does. */
  | { readonly kind: "call"; readonly call: Call; readonly isConfirmed: boolean }
  /** So many lines of the log, up when negative; 0 stays and no longer follows. */
  | { readonly kind: "scroll"; readonly lines: number | "first" | "last" }
  | { readonly kind: "seek"; readonly direction: "next" | "previous" }
  | { readonly kind: "job"; readonly action: "stop" | "retry"; readonly jobId: string }
  | { readonly kind: "open"; readonly url: string }
  | { readonly kind: "copy"; readonly text: string; readonly what: string }
  /** A log, or what a job wrote. */
  | { readonly kind: "read"; readonly program: "pager" | "editor"; readonly jobId?: string }
  | { readonly kind: "shell"; readonly unitId: string }
  | { readonly kind: "mouse"; readonly isHeard: boolean }
  | { readonly kind: "daemon" | "redraw" | "suspend" | "quit" };

export interface Step {
  readonly place: Place;
  readonly effects: readonly Effect[];
}
