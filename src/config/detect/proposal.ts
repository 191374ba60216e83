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
  /** What is not known for sure, and what to look at; absent where the files leave no doubt. */
  readonly guess?: string;
  /** The file that led to it. */
  readonly file: string;
}

/** A service as it would be written into the configuration. */
export interface Proposal extends Candidate {
  readonly name: string;
  readonly basePort: number | "none";
}

/** A requirement as it would be written into the configuration. */
export interface RequirementProposal {
  readonly name: string;
  readonly settings: Readonly<Record<string, string | number | readonly string[]>>;
  readonly reason: string;
  /** The file that led to it, where there is a single one. */
  readonly file?: string;
}

/** Everything a repository gives away about what it runs. */
export interface Detection {
  readonly services: readonly Proposal[];
  readonly requirements: readonly RequirementProposal[];
  /** What was seen and could not be made a service or a requirement, as sentences. */
  readonly notes: readonly string[];
}

/** One row of the table of detectors. */
export interface Detector {
  readonly id: string;
  /** Files that make it look at a directory; `*.csproj` stands for every name with that ending. */
  readonly files: readonly string[];
  /** Only the repository's root is looked at. */
  readonly isRootOnly?: boolean;
  detect(tree: Tree, directory: string): readonly Candidate[];
}
