/** `trust`: allows the hook commands, requirements, services and plug-ins of this repository, as they are now, or takes that back. */
import type { CommandBody } from "../cli/command.ts";
import type { TrustReport } from "../contracts/trust-report.ts";
import type { TrustableFile } from "../host/trust.ts";
import type { HookCommands, ResolvedConfig } from "../model/config.ts";
import { hookNames, type HookCommand } from "../model/supervision.ts";
import { argvOf } from "../model/template.ts";
import type { EngineRuntime } from "../runtime.ts";
import { autostartManifests } from "./autostart-file.ts";

interface FoundHook extends HookCommand {
  /** `on.crashed`, `services.backend.on.crashed`. */
  readonly key: string;
}

export const body: CommandBody<TrustReport> = {
  run: async (input, runtime) => {
    const trust = await runtime.trust();
    const { repository } = runtime.checkout;
    if (input.flags["remove"] === true) return { action: trust.remove() ? "removed" : "none", repository, hooks: [], requirements: [], plugins: [], services: [], autostarts: [] };
    const [found, files, plugins, services] = await Promise.all([hooksOf(runtime), runtime.adapterFiles(), pluginsOf(runtime), runtime.services().then((access) => access.trustables())]);
    const starts = autostartManifests(runtime).filter(({ policy }) => policy !== undefined);
    const isShown = input.flags["dry-run"] === true;
    const all = [...found, ...files, ...plugins, ...services, ...starts];
    if (!isShown && all.length > 0) trust.allow(all);
    return { action: all.length === 0 ? "none" : isShown ? "shown" : "trusted", repository, hooks: merged(found), requirements: files.map(named), plugins: plugins.map(named), services: services.map(named), autostarts: starts.map(named) };
  },
  text: (report) => [sentence(report), ...codeLines("plug-in", report.plugins), ...codeLines("service", report.services), ...codeLines("autostart", report.autostarts), ...codeLines("requirement", report.requirements), ...report.hooks.map(({ on, command, keys }) => `  ${on.padEnd(11)} ${command.join(" ")}   (${keys.join(", ")})`)],
};

/** Those that can be read, and that nobody needs to allow elsewhere. */
async function pluginsOf(runtime: Pick<EngineRuntime, "plugins">): Promise<readonly (TrustableFile & { readonly name: string })[]> {
  const entries = await (await runtime.plugins()).list();
  return entries.filter(({ state, file }) => state !== "broken" && file.needsTrust).map(({ name, file }) => ({ name, path: file.path, contentHash: file.contentHash }));
}

function named({ name, path }: { readonly name: string; readonly path: string }): { readonly name: string; readonly path: string } {
  return { name, path };
}

function codeLines(kind: string, all: TrustReport["plugins"]): readonly string[] {
  return all.map(({ name, path }) => `  ${kind.padEnd(11)} ${name}   (${path})`);
}

/** Of Main and of every worktree, since each may have a configuration of its own. */
async function hooksOf(runtime: Pick<EngineRuntime, "discoverProjects" | "resolveConfig">): Promise<readonly FoundHook[]> {
  const projects = await runtime.discoverProjects();
  const configs = await Promise.all(projects.map(({ root }) => runtime.resolveConfig({ projectRoot: root })));
  return configs.flatMap(hooksIn);
}

function hooksIn({ config }: ResolvedConfig): readonly FoundHook[] {
  return [...commandsIn(config.on, "on"), ...Object.values(config.services).flatMap(({ name, on }) => commandsIn(on, `services.${name}.on`))];
}

function commandsIn(commands: HookCommands, key: string): readonly FoundHook[] {
  return hookNames.flatMap((on) => (commands[on] === undefined ? [] : [{ on, command: argvOf(commands[on]), key: `${key}.${on}` }]));
}

/** Each command once, with every key that names it. */
function merged(found: readonly FoundHook[]): TrustReport["hooks"] {
  const idOf = ({ on, command }: FoundHook): string => JSON.stringify([on, command]);
  const byCommand = new Map(found.map((hook) => [idOf(hook), hook]));
  return [...byCommand].map(([id, { on, command }]) => ({ on, command: [...command], keys: [...new Set(found.filter((hook) => idOf(hook) === id).map(({ key }) => key))] }));
}

function sentence({ action, repository, hooks, requirements, plugins, services, autostarts }: TrustReport): string {
  const counts = ([[hooks, "", "hook command"], [requirements, "the code of ", "requirement"], [plugins, "the code of ", "plug-in"], [services, "the code of ", "service"], [autostarts, "", "autostart"]] as const).flatMap(([all, before, word]) => (all.length === 0 ? [] : [`${before}${all.length} ${word}${all.length === 1 ? "" : "s"}`]));
  const count = counts.join(counts.length > 2 ? ", " : " and ");
  switch (action) {
    case "trusted":
      return `Trusted in ${repository}: ${count}. A changed one asks again.`;
    case "shown":
      return `\`envctl trust\` would allow ${count} of ${repository}:`;
    case "removed":
      return `Nothing of ${repository} is trusted any more.`;
    case "none":
      return `Nothing to do in ${repository}: it has no hook, requirement, plug-in, service or autostart of its own, or none was trusted.`;
  }
}
