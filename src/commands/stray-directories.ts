/** Tells whoever calls of directories in their environment that bring nothing. */
import type { CommandInput } from "../cli/command.ts";
import { strayDirectories, type ExtensionVariable } from "../host/extension-places.ts";
import type { EngineRuntime } from "../runtime.ts";

/** A line for each, beside the answer. */
export function noteStrays({ note }: Pick<CommandInput, "note">, { host }: Pick<EngineRuntime, "host">, ...variables: readonly ExtensionVariable[]): void {
  for (const { detail, hint } of strayDirectories(host.environment, variables)) note(`warning: ${detail}; ${hint}`);
}
