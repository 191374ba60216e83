/** Tells whoever calls of directories in their environment that bring nothing. */
import type { CommandInput } from "../cli/command.ts";
import { relativeDirectories, type ExtensionVariable } from "../model/extension-variables.ts";
import type { EngineRuntime } from "../runtime.ts";

/** A line for each, beside the answer. */
export function noteStrays({ note }: Pick<CommandInput, "note">, { host }: Pick<EngineRuntime, "host">, ...variables: readonly ExtensionVariable[]): void {
  for (const { detail, hint } of relativeDirectories(host.environment, variables)) note(`warning: ${detail}; ${hint}`);
}
