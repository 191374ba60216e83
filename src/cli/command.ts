/** A command as a row: the parser, help, docs, completion and dispatch are all made from it. */
import type { ExitCode } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";

export interface FlagSpec {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  readonly about: string;
  /** Absent for a boolean; else what the value is, as shown in help: `NAME`, `N`, `TIME`; `NAME N` for a pair of words. */
  readonly value?: string;
  /** The value may be given several times or comma-separated. */
  readonly many?: boolean;
  /** With `many`: commas belong to the value, so it is only repeated. */
  readonly keepsCommas?: boolean;
  readonly choices?: readonly string[];
  /** Other names that mean the same (the Python engine's spellings). */
  readonly aliases?: readonly string[];
}

export interface ArgumentSpec {
  readonly name: string;
  readonly about: string;
  readonly isRequired?: boolean;
  readonly many?: boolean;
  readonly choices?: readonly string[];
}

export type FlagValue = boolean | string | readonly string[];

/** Words and flags of a command, as typed. */
export interface ReadWords {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, FlagValue>>;
}

/** What the parser hands to a command. Global flags are among `flags` too. */
export interface CommandInput {
  readonly command: string;
  readonly args: readonly string[];
  /** Words after `--`. */
  readonly passthrough: readonly string[];
  readonly flags: Readonly<Record<string, FlagValue>>;
  readonly wantsJson: boolean;
  /** A person sits at the terminal and may be asked. */
  readonly isInteractive: boolean;
  /** What the lines written below are shown on. */
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Rows that plug-ins add to the table of commands, where one stands in a repository that has some. Loads them. */
  readonly pluginCommands: () => Promise<readonly CommandSpec[]>;
  /** Writes one line to standard output at once, for commands that stream. */
  readonly write: (line: string) => void;
  /** Writes one line of progress to standard error. */
  readonly note: (line: string) => void;
}

/** What the terminal the text goes to can show. */
export interface Screen {
  readonly width: number;
  readonly hasColor: boolean;
  /** Clickable links (OSC 8). */
  readonly hasLinks: boolean;
}

/** The behaviour of a command; loaded only when it is called. */
export interface CommandBody<R> {
  run(input: CommandInput, runtime: EngineRuntime): Promise<R>;
  /** Lines for a person; a command that streamed everything returns none. */
  text(report: R, screen: Screen): readonly string[];
  /** From the table of exit codes; `exec` alone hands a foreign code through. */
  exit?(report: R): ExitCode | number;
}

export type CommandFamily = "lifecycle" | "worktrees" | "inspect" | "logs" | "configure" | "action" | "jobs" | "daemon" | "other";

/** One row of the table. */
export interface CommandSpec {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly family: CommandFamily;
  /** One sentence. */
  readonly about: string;
  readonly args?: readonly ArgumentSpec[];
  readonly flags: readonly FlagSpec[];
  /** `nothing`: works anywhere; `repository`: inside one; `config`: needs an `.envctl`; `run`: needs a run, living or stopped. */
  readonly needs: "nothing" | "repository" | "config" | "run";
  /** With this flag it works outside a repository too. */
  readonly anywhereWith?: string;
  /** Takes words after `--`. */
  readonly takesPassthrough?: boolean;
  /** Without them there is nothing it could do. */
  readonly needsPassthrough?: boolean;
  /** It asks a person at a terminal, or opens a program there. */
  readonly asks?: boolean;
  /** Its `--json` output is a stream of lines, so the final report is one line too. */
  readonly streams?: boolean;
  /** Its `--json` answer is a bare list or map, as the readers of other tools expect it, and so names no contract. */
  readonly isBare?: boolean;
  /** What it began is for whoever reads what it writes: when that one goes, as `head` does, it is interrupted. Others just end. */
  readonly endsWithReader?: boolean;
  /** It removes something, ends what nobody named, or publishes: asked about first where a single key calls it. */
  readonly isDestructive?: boolean;
  /** Not shown in help: for completion scripts. */
  readonly isHidden?: boolean;
  readonly examples?: readonly string[];
  readonly load: () => Promise<CommandBody<unknown>>;
}
