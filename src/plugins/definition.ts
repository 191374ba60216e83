/** What a plug-in is: the types of `envctl/plugin`, and the function that ties a definition to them. */
import type { Candidate, Detector } from "../config/detect/proposal.ts";
import type { Tree } from "../config/detect/tree.ts";
import type { Config } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import type { RunState } from "../model/run-state.ts";
import type { ForeignRequirement } from "../requirements/foreign-contract.ts";

/** A server that services need; docs/guides/add-a-requirement.md has the whole contract. */
export type PluginRequirement = ForeignRequirement;
/** How a detector sees the repository. */
export type PluginTree = Tree;
/** A service as a detector proposes it; what is left out is empty, and all but workers listen. */
export type PluginCandidate = Pick<Candidate, "role" | "dir" | "command" | "reason" | "file"> & Partial<Candidate>;

/** Proposes services from what lies in a directory. Pure: reads through the tree, executes nothing. */
export interface PluginDetector extends Pick<Detector, "id" | "files"> {
  detect(tree: PluginTree, directory: string): readonly PluginCandidate[];
}

/** What checks and commands may ask. It reads; nothing of it starts anything. */
export interface PluginContext {
  /** The main checkout. */
  readonly repository: string;
  /** The checkout the caller stands in. */
  readonly projectRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Main and every worktree. */
  projects(): Promise<readonly ProjectFact[]>;
  /** The resolved configuration of where the caller stands. */
  config(): Promise<Config>;
  /** Of the latest run; undefined while nothing ever ran. */
  state(): RunState | undefined;
}

/** What a check found; without a word it is content. */
export interface PluginRemark {
  readonly status: "pass" | "warn" | "fail";
  /** What is so, with the value. */
  readonly detail: string;
  /** What to do next. */
  readonly hint?: string;
}

/** One more row of `envctl doctor`. It has 850 ms. */
export interface PluginCheck {
  /** What `doctor --only` calls it. */
  readonly id: string;
  readonly title: string;
  /** `ship`: a failure stands in the way of `envctl ship`. */
  readonly gates?: readonly "ship"[];
  run(context: PluginContext): readonly PluginRemark[] | Promise<readonly PluginRemark[]>;
}

/** An option of a command. */
export interface PluginFlag {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  readonly about: string;
  /** Absent for a switch; else what the value is, as shown in help. */
  readonly value?: string;
  /** It may be given several times. */
  readonly many?: boolean;
  readonly choices?: readonly string[];
}

/** A word of a command. */
export interface PluginArgument {
  readonly name: string;
  readonly about: string;
  readonly isRequired?: boolean;
  readonly many?: boolean;
  readonly choices?: readonly string[];
}

/** What a command is called with. */
export interface PluginCommandInput {
  readonly args: readonly string[];
  /** Words after `--`. */
  readonly passthrough: readonly string[];
  /** By long name; `true` for a switch. */
  readonly flags: Readonly<Record<string, boolean | string | readonly string[]>>;
  readonly wantsJson: boolean;
  /** A person sits at the terminal and may be asked. */
  readonly isInteractive: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Writes a line of progress to standard error. */
  note(line: string): void;
}

/** One more command: in help, completion, the palette of the dashboard and the parser. */
export interface PluginCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One sentence. */
  readonly about: string;
  readonly args?: readonly PluginArgument[];
  readonly flags?: readonly PluginFlag[];
  readonly takesPassthrough?: boolean;
  /** Asked about first where a single key calls it. */
  readonly isDestructive?: boolean;
  readonly examples?: readonly string[];
  /** The answer, which `--json` prints as it is. */
  run(input: PluginCommandInput, context: PluginContext): unknown;
  /** The answer in lines for a person; JSON without it. */
  text?(report: unknown): readonly string[];
  /** Exit code; 0 without it. */
  exit?(report: unknown): number;
}

/** One start of a unit whose command is to be run in another way. */
export interface PluginStart {
  /** `Main/backend`. */
  readonly unitId: string;
  readonly project: string;
  /** `backend`. */
  readonly name: string;
  /** The unit's own command. */
  readonly command: readonly string[];
  readonly directory: string;
  /** By name; the unit's first one is its `port`. */
  readonly ports: Readonly<Record<string, number>>;
  /** Complete, secrets put in. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A way to run services, `executor: <plug-in>/<name>`. envctl starts, supervises and ends the process it is told of as any other. */
export interface PluginExecutor {
  /** What is run instead of the command: it stays in the foreground, and ends when it is asked to. */
  command(start: PluginStart): readonly string[] | Promise<readonly string[]>;
}

/** A service with objects that others call. */
export interface PluginService {
  readonly name: string;
  readonly type?: string;
  readonly capabilities?: readonly string[];
  /** Absolute path of the module that is it; loaded at the first call. */
  readonly module: string;
}

/** Everything a plug-in may add. Each is a row beside the built-in ones. */
export interface Plugin {
  /** Versions of envctl it is made for, as npm writes ranges. */
  readonly envctl?: string;
  /** Of the plug-in, where no package.json says it. */
  readonly version?: string;
  /** One sentence. */
  readonly about?: string;
  readonly requirements?: readonly PluginRequirement[];
  /** By name. */
  readonly executors?: Readonly<Record<string, PluginExecutor>>;
  readonly checks?: readonly PluginCheck[];
  readonly commands?: readonly PluginCommand[];
  readonly services?: readonly PluginService[];
  readonly detectors?: readonly PluginDetector[];
}

/** Returns the definition as it is: `export const plugin = definePlugin({ … })`. */
export function definePlugin(definition: Plugin): Plugin {
  return definition;
}
