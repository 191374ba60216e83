/** What the work on worktrees is given. */
import type { Checkout } from "../host/checkout.ts";
import type { Host } from "../host/host.ts";

export interface WorktreesPlace {
  readonly host: Host;
  readonly checkout: Checkout;
  /** Where what deleted worktrees held is saved. */
  readonly rescued: string;
  /** Data of projects, a directory each. */
  readonly data: string;
  /** Generated passwords, a file a project. */
  readonly secrets: string;
  /** Which prepare steps are done. */
  readonly prepared: string;
  /** Remembered slots of projects. */
  readonly slots: string;
  /** Held while worktrees are made or deleted. */
  readonly lock: string;
  /** Output of the commands told of new worktrees. */
  readonly hookLog: string;
}
