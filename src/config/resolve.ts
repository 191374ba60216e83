/**
 * Resolves a project's configuration: default < detected < system < user < repository < profile < local < environment < flag.
 * Values come from the project's own checkout where it has a YAML file, else from the main checkout; what belongs to the
 * whole repository is the main checkout's in either case.
 */
import { join } from "node:path";
import { configLayers } from "../model/config.ts";
import type { Origin, ResolvedConfig } from "../model/config.ts";
import { UserError } from "../model/failure.ts";
import type { Failure } from "../model/failure.ts";
import { buildConfig } from "./build.ts";
import { checkConfig } from "./checks.ts";
import { withDefaults } from "./defaults.ts";
import { detect } from "./detect.ts";
import { dotted, invalid, mergeEntries, placeOf } from "./entry.ts";
import type { Entries, Entry } from "./entry.ts";
import { readEnvironment, readFlags } from "./environment.ts";
import { treeAt } from "./files.ts";
import { rowAt } from "./key-tree.ts";
import { directKeys } from "./legacy/known.ts";
import { proposalEntries } from "./proposed.ts";
import { settingsOf } from "./settings.ts";
import { joined, mainFile, nothing, readCheckout, readSource, sourceFile, sourceText } from "./sources.ts";
import type { CheckoutFiles, CheckoutReading, SourceFile } from "./sources.ts";

export interface ConfigInput {
  /** Root of the owning repository's main checkout. */
  readonly repository: string;
  /** Root of the project's checkout; the repository's when absent. */
  readonly projectRoot?: string;
  /** Layers `.envctl.<profile>` in. */
  readonly profile?: string;
  /** Dotted path → text. */
  readonly overrides?: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly systemConfig: string;
  readonly userConfig: string;
  /** Counts instead of the text of the repository's main file: a change that is to be judged before it is written. */
  readonly draft?: string;
}

export interface Resolution {
  readonly resolved: ResolvedConfig;
  /** Things that are not as they should be but do no harm, such as keys nothing reads. */
  readonly warnings: readonly Failure[];
}

/** Reads and merges all layers; throws a UserError with every problem when there are some. */
export function resolveConfig(input: ConfigInput): Resolution {
  const system = sourceFile(input.systemConfig);
  const user = sourceFile(input.userConfig);
  const checkout = readProject(input);
  const files = joined([readSource(system, "system"), readSource(user, "user"), checkout, isDetected(checkout) ? detected(input) : nothing]);
  const known = byStrength(files.entries);
  const environment = checkout.isLegacy ? withoutKeys(input.environment) : input.environment;
  const text = joined([readEnvironment(environment, known), readFlags(input.overrides ?? {}, known)]);
  const entries = withDefaults(byStrength([...files.entries, ...text.entries]));
  const config = buildConfig(entries);
  const failures = [...files.failures, ...text.failures];
  // Rules about names make no sense of a file that could not be read in full: they would report what follows from it.
  const problems = failures.length > 0 && files.entries.length === 0 ? failures : [...failures, ...checkConfig(config, entries)];
  if (problems.length > 0) throw new UserError(problems.toSorted(byPlace));
  const read = [system, user].filter(({ form }) => form !== "absent").map(({ file }) => file);
  const warnings = [...files.warnings, ...text.warnings, ...samePorts(entries), ...cappedDelays(entries)];
  const resolved = {
    config,
    origins: originsOf(entries),
    files: [...read, ...checkout.files],
    isDetected: isDetected(checkout),
    warnings,
    settings: settingsOf(entries),
    aliases: Object.fromEntries(directKeys),
  };
  return { resolved, warnings };
}

interface ProjectReading extends CheckoutReading {
  readonly hasMainFile: boolean;
}

function isDetected(checkout: ProjectReading): boolean {
  return !checkout.hasMainFile;
}

function readProject(input: ConfigInput): ProjectReading {
  const { repository, environment } = input;
  const projectRoot = input.projectRoot ?? repository;
  const file = mainFile(repository, environment);
  const main = checkoutFiles(repository, input.draft === undefined ? file : sourceText(file.file, input.draft), input);
  const own = projectRoot === repository ? main : checkoutFiles(projectRoot, mainFile(projectRoot), input, main);
  const missing = [...missingProfile(input.profile, own.profile), ...missingFile(environment, main.main)];
  if (own === main || !isOwn(own.main, main.main)) {
    const hasMainFile = main.main.form !== "absent";
    // Without a file the services are detected where the project is.
    const reading = readCheckout(hasMainFile ? main : own, environment);
    return { ...reading, failures: [...reading.failures, ...missing], hasMainFile };
  }
  const reading = readCheckout(own, environment);
  const wide = main.main.form === "absent" ? nothing : readCheckout(main, environment);
  const merged = withRepositoryWide(reading.entries, wide.entries);
  return { ...reading, entries: merged, failures: [...reading.failures, ...wide.failures, ...missing], hasMainFile: true };
}

/** A checkout's own file counts when it is YAML, is wrong (its owner should hear of it), or is the only one. */
function isOwn(own: SourceFile, main: SourceFile): boolean {
  return own.form === "yaml" || own.form === "failed" || (own.form === "legacy" && main.form === "absent");
}

function checkoutFiles(root: string, main: SourceFile, input: ConfigInput, fallback?: CheckoutFiles): CheckoutFiles {
  const local = sourceFile(join(root, ".envctl.local"));
  const profile = input.profile === undefined ? undefined : sourceFile(join(root, `.envctl.${input.profile}`));
  const ownProfile = profile?.form === "absent" ? (fallback?.profile ?? profile) : profile;
  return { root, main, local: local.form === "absent" ? (fallback?.local ?? local) : local, ...(ownProfile === undefined ? {} : { profile: ownProfile }) };
}

function missingProfile(name: string | undefined, profile: SourceFile | undefined): readonly Failure[] {
  if (name === undefined || (profile !== undefined && profile.form !== "absent" && /^[A-Za-z0-9_-]+$/.test(name))) return [];
  return [{ reason: "configuration_missing", message: `there is no profile \`${name}\``, hint: `create the file .envctl.${name}, or choose another profile` }];
}

function missingFile(environment: ConfigInput["environment"], main: SourceFile): readonly Failure[] {
  if ((environment["ENVCTL_CONFIG_FILE"] ?? "") === "" || main.form !== "absent") return [];
  return [{ reason: "configuration_missing", message: `ENVCTL_CONFIG_FILE names ${main.file}, which is not there`, hint: "correct or unset ENVCTL_CONFIG_FILE" }];
}

/** Port bases, spacing and engines are the main checkout's wherever it has them; a service that does not listen stays so. */
function withRepositoryWide(own: readonly Entry[], main: readonly Entry[]): readonly Entry[] {
  const ownByPath = mergeEntries([own]);
  const wide = main.filter((entry) => {
    if (rowAt(entry.path)?.isRepositoryWide !== true) return false;
    const mine = ownByPath.get(dotted(entry.path));
    if (entry.path[0] === "services" && mine === undefined) return false;
    if (entry.path[0] === "requirements" && !ownByPath.has(`requirements.${entry.path[1]}`)) return false;
    return entry.path.at(-1) !== "port" || mine === undefined || (typeof mine.value === "number" && typeof entry.value === "number");
  });
  const decided = new Set(wide.map(({ path }) => dotted(path)));
  return [...own.filter(({ path }) => !decided.has(dotted(path))), ...wide];
}

function detected(input: ConfigInput): { readonly entries: readonly Entry[]; readonly failures: readonly Failure[]; readonly warnings: readonly Failure[] } {
  const root = input.projectRoot ?? input.repository;
  return { ...nothing, entries: proposalEntries(detect(treeAt(root)), (path) => join(root, path)) };
}

function byStrength(entries: readonly Entry[]): Entries {
  return mergeEntries(configLayers.map((layer) => entries.filter(({ origin }) => origin.layer === layer)));
}

/** Plain keys were merged with the legacy file already. */
function withoutKeys(environment: ConfigInput["environment"]): ConfigInput["environment"] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith("ENVCTL__")));
}

function originsOf(entries: Entries): Readonly<Record<string, Origin>> {
  return Object.fromEntries(entries.all().map(({ path, origin }) => [dotted(path), origin]));
}

function samePorts(entries: Entries): readonly Failure[] {
  const owners = new Map<string, string>();
  const warnings: Failure[] = [];
  for (const { path, value, origin } of entries.all()) {
    const key = dotted(path);
    if (typeof value !== "number" || (path[2] !== "port" && path[2] !== "ports")) continue;
    const other = owners.get(String(value));
    if (other === undefined) owners.set(String(value), key);
    else warnings.push(invalid(`\`${key}\` and \`${other}\` are both ${value}`, "give each its own port; one of them will be moved", placeOf(origin)));
  }
  return warnings;
}

/** A first delay that can never be waited for. */
function cappedDelays(entries: Entries): readonly Failure[] {
  return entries.namesBelow(["services"]).flatMap((name) => {
    const key = `services.${name}.restart`;
    const [strategy, base, longest] = ["strategy", "base", "max_delay"].map((part) => entries.get(`${key}.${part}`));
    const isUsed = strategy?.value !== "immediate" && strategy?.value !== "never";
    if (!isUsed || base === undefined || longest === undefined || Number(base.value) <= Number(longest.value)) return [];
    const message = `\`${key}.base\` is ${Number(base.value) / 1000} s, but \`${key}.max_delay\` lets no delay be longer than ${Number(longest.value) / 1000} s`;
    return [invalid(message, "raise max_delay, or lower base", placeOf(base.origin) ?? placeOf(longest.origin))];
  });
}

/** File by file, from top to bottom; failures without a place come last. */
function byPlace(one: Failure, other: Failure): number {
  const [file, otherFile] = [one.place?.file ?? "\uFFFF", other.place?.file ?? "\uFFFF"];
  if (file !== otherFile) return file < otherFile ? -1 : 1;
  return (one.place?.line ?? 0) - (other.place?.line ?? 0) || (one.place?.column ?? 0) - (other.place?.column ?? 0);
}
