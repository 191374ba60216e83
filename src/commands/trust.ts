/** `trust`: allows the hook commands, requirements and services of this repository, as they are now, or takes that back. */
import type { CommandBody } from "../cli/command.ts";
import type { TrustReport } from "../contracts/trust-report.ts";
import type { HookCommands, ResolvedConfig } from "../model/config.ts";
import { hookNames, type HookCommand } from "../model/supervision.ts";
import { argvOf } from "../model/template.ts";
import type { EngineRuntime } from "../runtime.ts";

type CodePlace = TrustReport["services"][number];

interface FoundHook extends HookCommand {
  /** `on.crashed`, `services.backend.on.crashed`. */
  readonly key: string;
}

export const body: CommandBody<TrustReport> = {
  run: async (input, runtime) => {
    const trust = await runtime.trust();
    const { repository } = runtime.checkout;
    if (input.flags["remove"] === true) return { action: trust.remove() ? "removed" : "none", repository, hooks: [], services: [], requirements: [] };
    const [found, files, services] = await Promise.all([hooksOf(runtime), runtime.adapterFiles(), runtime.services().then((access) => access.trustables())]);
    const isShown = input.flags["dry-run"] === true;
    const all = [...found, ...files, ...services];
    if (!isShown && all.length > 0) trust.allow(all);
    return { action: all.length === 0 ? "none" : isShown ? "shown" : "trusted", repository, hooks: merged(found), services: services.map(placeOf), requirements: files.map(placeOf) };
  },
  text: (report) => [sentence(report), ...codeLines("requirement", report.requirements), ...codeLines("service", report.services), ...report.hooks.map(({ on, command, keys }) => `  ${on.padEnd(11)} ${command.join(" ")}   (${keys.join(", ")})`)],
};

function placeOf({ name, path }: CodePlace): CodePlace {
  return { name, path };
}

function codeLines(kind: string, places: readonly CodePlace[]): readonly string[] {
  return places.map(({ name, path }) => `  ${kind.padEnd(11)} ${name}   (${path})`);
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

function sentence({ action, repository, hooks, requirements, services }: TrustReport): string {
  const counted = [counts(hooks.length, "hook command", "hook commands"), counts(requirements.length, "the code of 1 requirement", "the code of # requirements"), counts(services.length, "the code of 1 service", "the code of # services")];
  const count = counted.filter((text) => text !== undefined).join(" and ");
  switch (action) {
    case "trusted":
      return `Trusted in ${repository}: ${count}. A changed one asks again.`;
    case "shown":
      return `\`envctl trust\` would allow ${count} of ${repository}:`;
    case "removed":
      return `Nothing of ${repository} is trusted any more.`;
    case "none":
      return `Nothing to do in ${repository}: it has no hook, requirement or service of its own, or none was trusted.`;
  }
}

function counts(count: number, one: string, several: string): string | undefined {
  if (count === 0) return undefined;
  if (count > 1) return several.includes("#") ? several.replace("#", String(count)) : `${count} ${several}`;
  return one.includes("1") ? one : `1 ${one}`;
}
