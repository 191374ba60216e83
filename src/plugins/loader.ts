/** Finds, judges and loads plug-ins: none before somebody asks for what it may add, none that nobody has allowed. */
import { pathToFileURL } from "node:url";
import type { Attribution } from "../host/attribution.ts";
import type { Clock } from "../host/clock.ts";
import { errorText } from "../host/files.ts";
import { pluginFiles, type PluginFile } from "../host/plugin-files.ts";
import type { Trust } from "../host/trust.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { foreignProblems } from "../requirements/foreign-contract.ts";
import { pluginProblems } from "./contract.ts";
import type { Plugin } from "./definition.ts";
import { ownEntryOffer } from "./own-entry.ts";
import type { Contributed, PluginEntry, Plugins } from "./plugins.ts";
import { checkRow, commandRow, detectorRow, serviceFile } from "./rows.ts";

export interface PluginsPlace {
  /** The main checkout: its plug-ins count for every project. */
  readonly repository: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Version of this envctl. */
  readonly version: string;
  readonly trust: Pick<Trust, "isTrusted">;
  readonly clock: Clock;
  readonly attribution: Attribution;
  /** Told of what the code of one threw where nobody caught it. */
  readonly onTrouble: (path: string, error: unknown) => void;
  /** Paths under `plugins:`. */
  readonly configured: () => Promise<readonly string[]>;
}

/** What was the outcome of loading one. */
type Loaded = { readonly plugin: Plugin } | { readonly error: string };

/** Of one process. */
interface Memory {
  readonly outcomes: Map<string, Loaded | Promise<Loaded>>;
  readonly offer: (entry: string) => void;
}

const loadMs = 5000;
const tooLate = Symbol("too late");

/** Reads nothing yet. */
export function createPlugins(place: PluginsPlace): Plugins {
  const memory: Memory = { outcomes: new Map(), offer: ownEntryOffer() };
  const list = async (): Promise<readonly PluginEntry[]> => {
    const files = pluginFiles({ ...place, configured: await place.configured().catch(() => []) });
    const first = new Map(files.toReversed().map((file) => [file.name, file]));
    return files.map((file) => judged(file, first.get(file.name), place));
  };
  const load: Plugins["load"] = async (meant = () => true) => Promise.all((await list()).map((entry) => (meant(entry.name) ? loadedEntry(entry, place, memory) : entry)));
  const rows = async <Row>(of: (plugin: Plugin) => readonly Row[] | undefined): Promise<readonly Contributed<Row>[]> => (await load()).flatMap(({ plugin, name, path, file }) => (plugin === undefined ? [] : (of(plugin) ?? []).map((row) => ({ row, name, path, file }))));
  return {
    list,
    load,
    requirement: async (id) => (await rows(({ requirements }) => requirements)).find(({ row }) => row.id === id),
    executor: async (name) => {
      const [plugin = "", own = ""] = name.split("/");
      const entries = await load((one) => one === plugin);
      const entry = entries.find((one) => one.name === plugin && one.state !== "shadowed");
      const executors = entry?.plugin?.executors ?? {};
      const executor = Object.hasOwn(executors, own) ? executors[own] : undefined;
      if (executor === undefined) throw new UserError(noExecutor(name, entry, Object.keys(executors)));
      return { command: (start) => place.attribution.run((error) => place.onTrouble(entry?.path ?? plugin, error), () => executor.command(start)) };
    },
    services: async () => (await rows(({ services }) => services)).map(serviceFile),
    detectors: async () => (await rows(({ detectors }) => detectors)).map(detectorRow),
    commands: async () => (await rows(({ commands }) => commands)).map((one) => commandRow(one, place.attribution)),
    checks: async (context) => (await rows(({ checks }) => checks)).map((one) => checkRow(one, context, place.attribution)),
  };
}

/** What is to be said of one before it is loaded. */
function judged(file: PluginFile, first: PluginFile | undefined, { environment, trust }: PluginsPlace): PluginEntry {
  const { name, source, path, version, problem } = file;
  const entry = { name, source, path, file, ...(version === undefined ? {} : { version }) };
  const [only, without] = [namesOf(environment["ENVCTL_PLUGINS_ONLY"]), namesOf(environment["ENVCTL_PLUGINS_NO_INIT"])];
  if (problem !== undefined) return { ...entry, state: "broken", error: problem };
  if (first !== undefined && first !== file) return { ...entry, state: "shadowed", error: `${first.path} has the same name and stands before it` };
  if (without?.includes(name) === true || only?.includes(name) === false) return { ...entry, state: "off", error: `left out by ${without?.includes(name) === true ? "ENVCTL_PLUGINS_NO_INIT" : "ENVCTL_PLUGINS_ONLY"}` };
  try {
    const isAllowed = !file.needsTrust || trust.isTrusted(file);
    return isAllowed ? { ...entry, state: "found" } : { ...entry, state: "untrusted", error: "nobody has allowed it to run as it is now; read it, then `envctl trust`" };
  } catch (error) {
    return { ...entry, state: "broken", error: `it cannot be read: ${errorText(error)}` };
  }
}

async function loadedEntry(entry: PluginEntry, place: PluginsPlace, { outcomes, offer }: Memory): Promise<PluginEntry> {
  const { file, ...known } = entry;
  if (entry.state !== "found" || file.entry === undefined) return entry;
  const href = hrefOf(file, place.environment);
  const blame = (error: unknown): void => {
    outcomes.set(href, { error: `it threw where nobody caught it: ${errorText(error)}` });
    place.onTrouble(entry.path, error);
  };
  const { entry: module } = file;
  const outcome = outcomes.get(href) ?? place.attribution.run(blame, () => loaded(module, href, place, offer));
  outcomes.set(href, outcome);
  const result = await outcome;
  if ("error" in result) return { ...known, file, state: "broken", error: result.error };
  const version = entry.version ?? result.plugin.version;
  return { ...known, file, state: "ready", plugin: result.plugin, ...(version === undefined ? {} : { version }) };
}

/** What was edited is loaded anew once it is allowed; what needs no leave only where somebody works on it. */
function hrefOf(file: PluginFile, environment: PluginsPlace["environment"]): string {
  const { href } = pathToFileURL(file.entry ?? "");
  return file.needsTrust || environment["ENVCTL_DEBUG_RELOAD"] === "1" ? `${href}?content=${file.contentHash.replaceAll(" ", "-")}` : href;
}

async function loaded(entry: string, href: string, { version, clock }: PluginsPlace, offer: Memory["offer"]): Promise<Loaded> {
  const ended = new AbortController();
  const late = clock.sleep(loadMs, ended.signal).then((): typeof tooLate => tooLate);
  try {
    offer(entry);
    const module: unknown = await Promise.race([import(href), late]);
    if (module === tooLate) return { error: `it was not loaded within ${loadMs / 1000} s: something it awaits does not come` };
    const exported: unknown = typeof module === "object" && module !== null && "plugin" in module ? module.plugin : undefined;
    const problems = pluginProblems(exported, version, foreignProblems);
    return problems.length > 0 ? { error: problems.join("; ") } : { plugin: exported as Plugin };
  } catch (error) {
    return { error: `it cannot be loaded: ${errorText(error)}` };
  } finally {
    late.catch(() => undefined);
    ended.abort();
  }
}

function noExecutor(name: string, entry: PluginEntry | undefined, known: readonly string[]): Failure {
  if (entry === undefined) return { reason: "unknown_target", message: `no plug-in "${name.split("/")[0]}" is there for the executor ${name}`, hint: "`envctl plugins` lists those that are" };
  if (entry.error !== undefined) return { reason: entry.state === "untrusted" ? "adapter_untrusted" : "adapter_invalid", message: `the executor ${name} cannot be used: ${entry.path}: ${entry.error}`, hint: "`envctl plugins check` looks at it again" };
  return { reason: "unknown_target", message: `${entry.path} has no executor "${name.split("/")[1]}"`, hint: known.length === 0 ? "it has none" : `it has: ${known.join(", ")}` };
}

function namesOf(text: string | undefined): readonly string[] | undefined {
  const names = (text ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  return names.length === 0 ? undefined : names;
}
