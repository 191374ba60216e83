/** What is known of plug-ins, and what becomes of them. */
import type { CommandSpec } from "../cli/command.ts";
import type { Detector } from "../config/detect/proposal.ts";
import type { Check } from "../doctor/check.ts";
import type { PluginFile, PluginSource } from "../host/plugin-files.ts";
import type { ServiceFile } from "../host/service-files.ts";
import type { Plugin, PluginContext, PluginExecutor, PluginRequirement } from "./definition.ts";

/**
 * `found`: may be loaded, and nobody has asked for anything of it yet · `ready`: loaded · `untrusted`: nobody has allowed it as it is
 * now · `broken`: it cannot be used · `off`: left out by ENVCTL_PLUGINS_ONLY or ENVCTL_PLUGINS_NO_INIT · `shadowed`: another one has its name
 */
export type PluginState = "found" | "ready" | "untrusted" | "broken" | "off" | "shadowed";

/** One plug-in. */
export interface PluginEntry {
  readonly name: string;
  readonly source: PluginSource;
  /** Where it lies, for people. */
  readonly path: string;
  readonly version?: string;
  readonly state: PluginState;
  /** Why it is not ready, as part of a sentence. */
  readonly error?: string;
  /** There when it is ready. */
  readonly plugin?: Plugin;
  /** What `envctl trust` allows, where somebody has to. */
  readonly file: PluginFile;
}

/** A row of a plug-in, and where that lies. */
export interface Contributed<Row> {
  readonly row: Row;
  readonly name: string;
  readonly path: string;
  readonly file: PluginFile;
}

/** The plug-ins of a repository. Nothing of them is read before one of these is called. */
export interface Plugins {
  /** Every one there is; nothing of them is run. */
  list(): Promise<readonly PluginEntry[]>;
  /** Loads those that may be and are `meant`, each once. What is wrong with one is in its entry. */
  load(meant?: (name: string) => boolean): Promise<readonly PluginEntry[]>;
  requirement(id: string): Promise<Contributed<PluginRequirement> | undefined>;
  /** `kafka/compose`. Throws a UserError when there is none. */
  executor(name: string): Promise<PluginExecutor>;
  /** In the form of those that are found by their names. Nothing of their modules is loaded. */
  services(): Promise<readonly ServiceFile[]>;
  /** Rows for the table of detectors. */
  detectors(): Promise<readonly Detector[]>;
  /** Rows for the table of commands. */
  commands(): Promise<readonly CommandSpec[]>;
  /** Rows for the table of checks. */
  checks(context: PluginContext): Promise<readonly Check[]>;
}
