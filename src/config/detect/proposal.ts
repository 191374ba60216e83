/** What a detector proposes and how detectors are written. */
import type { CommandText, PrepareConfig } from "../../model/config.ts";
import type { Tree } from "./tree.ts";

export type ServiceRole = "frontend" | "backend" | "worker";

/** A service as a detector sees it, without a name and port of its own yet. */
export interface Candidate {
  readonly role: ServiceRole;
  /** A name the repository itself uses, such as a Procfile's process type. */
  readonly name?: string;
  readonly dir: string;
  /** `{port}` stands where the port is passed. */
  readonly command: CommandText;
  /** The port the repository's own command names, if it does. */
  readonly port?: number;
  readonly listens: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly prepare: readonly PrepareConfig[];
  /** Requirements its libraries speak to. */
  readonly uses: readonly string[];
  readonly reason: string;
  /** The file that led to it. */
  readonly file: string;
}

/** A service as it would be written into the configuration. */
export interface Proposal extends Candidate {
  readonly name: string;
  readonly basePort: number | "none";
}

/** One row of the table of detectors. */
export interface Detector {
  readonly id: string;
  /** Files that make it look at a directory. */
  readonly files: readonly string[];
  /** Only the repository's root is looked at. */
  readonly isRootOnly?: boolean;
  detect(tree: Tree, directory: string): readonly Candidate[];
}
