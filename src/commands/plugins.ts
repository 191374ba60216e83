/** `plugins`: which there are, where they lie, and what is wrong with them. Only `check` loads them. */
import type { CommandBody, CommandSpec } from "../cli/command.ts";
import { commandNamed } from "../cli/parse.ts";
import type { PluginsReport } from "../contracts/plugins-report.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { Plugin } from "../plugins/definition.ts";
import type { PluginEntry } from "../plugins/plugins.ts";
import type { EngineRuntime } from "../runtime.ts";
import { table } from "../ui/table.ts";
import { noteStrays } from "./stray-directories.ts";
import { listFlag } from "./targets.ts";

type Row = PluginsReport["plugins"][number];

export function pluginsBody(commands: readonly CommandSpec[]): CommandBody<PluginsReport> {
  return {
    run: async (input, runtime) => {
      const action = input.args[0] === "check" ? "check" : "list";
      noteStrays(input, runtime, "ENVCTL_EXTERNAL_PLUGINS_PATH", "ENVCTL_EXTERNAL_REQUIREMENTS_PATH");
      const [plugins, own] = await Promise.all([runtime.plugins(), ownNames(runtime, commands)]);
      const [only, without] = [listFlag(input.flags, "only"), listFlag(input.flags, "no-init")];
      const all = await plugins.list();
      assertKnown([...only, ...without], all);
      const entries = action === "check" ? await plugins.load((name) => !without.includes(name) && (only.length === 0 || only.includes(name))) : all;
      return { action, plugins: entries.filter(({ name }) => only.length === 0 || only.includes(name)).map((entry) => rowOf(entry, own)) };
    },
    text: ({ action, plugins }) => (plugins.length === 0 ? ["No plug-ins: none in `.envctl.d/plugins`, none under `plugins:`, no package envctl-plugin-*."] : [...table(["NAME", "VERSION", "STATE", "PATH"], plugins.map(cells)), ...plugins.flatMap(details), ...unasked(action, plugins)]),
    exit: ({ action, plugins }) => (action === "check" && plugins.some(({ state }) => state === "broken" || state === "untrusted") ? exitCodes.failure : exitCodes.ok),
  };
}

/** Names that are taken, by kind of row. */
interface OwnNames {
  readonly requirements: readonly string[];
  readonly commands: readonly CommandSpec[];
}

async function ownNames(runtime: Pick<EngineRuntime, "requirements">, commands: readonly CommandSpec[]): Promise<OwnNames> {
  return { requirements: (await runtime.requirements()).map(({ id }) => id), commands };
}

function assertKnown(names: readonly string[], entries: readonly PluginEntry[]): void {
  const unknown = names.find((name) => !entries.some((entry) => entry.name === name));
  if (unknown === undefined) return;
  const known = [...new Set(entries.map(({ name }) => name))];
  throw new UserError({ reason: "unknown_target", message: `no plug-in is called "${unknown}"`, hint: known.length === 0 ? "there is none" : `there are: ${known.join(", ")}` }, exitCodes.interrupted);
}

function rowOf({ name, version, source, path, state, error, plugin }: PluginEntry, own: OwnNames): Row {
  return { name, version: version ?? null, source, path, state, error: error ?? null, about: plugin?.about ?? null, adds: plugin === undefined ? null : addsOf(plugin), notices: plugin === undefined ? [] : noticesOf(plugin, own) };
}

function addsOf({ requirements = [], executors = {}, checks = [], commands = [], services = [], detectors = [] }: Plugin): NonNullable<Row["adds"]> {
  const ids = (all: readonly { readonly id: string }[]): string[] => all.map(({ id }) => id);
  const names = (all: readonly { readonly name: string }[]): string[] => all.map(({ name }) => name);
  return { requirements: ids(requirements), executors: Object.keys(executors), checks: ids(checks), commands: names(commands), services: names(services), detectors: ids(detectors) };
}

function noticesOf({ requirements = [], commands = [] }: Plugin, own: OwnNames): string[] {
  return [
    ...requirements.filter(({ id }) => own.requirements.includes(id)).map(({ id }) => `its requirement ${id} stands in for envctl's own`),
    ...commands.filter(({ name }) => commandNamed(name, own.commands) !== undefined).map(({ name }) => `its command ${name} is never called: envctl has one of that name`),
  ];
}

function cells({ name, version, state, path }: Row): readonly string[] {
  return [name, version ?? "-", state, path];
}

function details({ name, error, adds, notices }: Row): readonly string[] {
  const added = Object.entries(adds ?? {}).flatMap(([kind, names]) => (names.length === 0 ? [] : [`${kind} ${names.join(", ")}`]));
  return [...(error === null ? [] : [`${name}: ${error}`]), ...(added.length === 0 ? [] : [`${name} adds ${added.join("; ")}`]), ...notices.map((notice) => `${name}: ${notice}`)];
}

function unasked(action: PluginsReport["action"], plugins: readonly Row[]): readonly string[] {
  return action === "list" && plugins.some(({ state }) => state === "found") ? ["Those that are `found` are loaded when something of them is used; `envctl plugins check` loads them now."] : [];
}
