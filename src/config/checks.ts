/** Rules that need the whole configuration: names that must exist, cycles, keys that exclude each other. */
import type { Config, Mode, SuiteConfig } from "../model/config.ts";
import { placeText, type Failure } from "../model/failure.ts";
import { hookNames, transitionNames, type HookName } from "../model/supervision.ts";
import { containerProblems } from "./container-checks.ts";
import { engineProblems } from "./engine-checks.ts";
import { dotted, invalid, placeOf } from "./entry.ts";
import type { Entries } from "./entry.ts";
import { childRows, keyName } from "./key-tree.ts";
import { nearestName } from "../model/nearest.ts";

/** Everything that is wrong with the merged configuration, in the order of the file. */
export function checkConfig(config: Config, entries: Entries): readonly Failure[] {
  return [
    ...Object.keys(config.services).flatMap((name) => serviceProblems(name, config, entries)),
    ...modeProblems(config, entries),
    ...Object.entries(config.providers ?? {}).flatMap(([capability, name]) => listProblems([name], Object.keys(config.requirements), `providers.${capability}`, "requirement", entries)),
    ...exclusionProblems(config, entries),
    ...groupProblems(config, entries),
    ...Object.values(config.suites ?? {}).flatMap((suite) => suiteProblems(suite, config, entries)),
    ...engineProblems(config, entries),
    ...hookProblems(["on"], hookNames, entries),
    ...worktreeProblems(config, entries),
    ...cycleProblems(config, entries),
  ];
}

function serviceProblems(name: string, config: Config, entries: Entries): readonly Failure[] {
  const failures: Failure[] = [];
  const path = ["services", name];
  const place = placeBelow(entries, path);
  const service = config.services[name];
  const hasModule = entries.has(`services.${name}.module`);
  if (service !== undefined) failures.push(...containerProblems(service, entries));
  const isContainer = service?.container !== undefined;
  if (hasModule && !isContainer) failures.push(...moduleProblems(name, entries));
  else if (!isContainer && !entries.has(`services.${name}.command`)) {
    const likely = nearestName(name, Object.keys(config.services).filter((other) => entries.has(`services.${other}.command`)));
    const setBy = nameBelow(entries, path);
    failures.push(invalid(`\`services.${name}\` has no command${setBy}`, likely === undefined ? `add services.${name}.command` : `did you mean \`${likely}\`? Else add services.${name}.command`, place));
  }
  if (Object.hasOwn(config.requirements, name)) {
    failures.push(invalid(`\`${name}\` is the name of a service and of a requirement`, "rename the service", place));
  }
  const executor = service?.executor;
  if (!hasModule && !isContainer && executor !== undefined && executor !== "process") {
    failures.push(invalid(`\`services.${name}.executor\` is ${executor}, which runs a module, not a command`, `add services.${name}.module, or remove the executor`, placeOf(entries.get(`services.${name}.executor`)?.origin)));
  }
  for (const wanted of config.services[name]?.dependsOn ?? []) failures.push(...unknownName(wanted, dotted([...path, "depends_on"]), config, entries));
  return [...failures, ...probeProblems(name, "ready", config, entries), ...probeProblems(name, "live", config, entries), ...hookProblems([...path, "on"], transitionNames, entries)];
}

function moduleProblems(name: string, entries: Entries): readonly Failure[] {
  if (entries.has(`services.${name}.command`)) {
    return [invalid(`\`services.${name}\` has a command and a module`, "keep one of them: a command is run as a program, a module by envctl's Node", placeOf(entries.get(`services.${name}.module`)?.origin))];
  }
  const isChosen = entries.get(`services.${name}.executor`)?.origin.layer !== "default";
  const executor = String(entries.get(`services.${name}.executor`)?.value);
  return isChosen && (executor === "process" || executor.includes("/")) ? [invalid(`\`services.${name}.executor\` is ${executor}, which cannot run a module`, "choose node, thread or async, or write a command", placeOf(entries.get(`services.${name}.executor`)?.origin))] : [];
}

function probeProblems(name: string, key: "ready" | "live", config: Config, entries: Entries): readonly Failure[] {
  const chosen = childRows(`services.*.${key}`)
    .filter((row) => row.oneOf === "probe")
    .map((row) => entries.get(`services.${name}.${key}.${keyName(row)}`))
    .filter((entry) => entry !== undefined && entry.value !== false && entry.value !== "false");
  if (chosen.length < 2) return portlessProbe(name, key, config, entries);
  const kinds = chosen.map((entry) => entry?.path.at(-1)).join(" and ");
  return [invalid(`\`services.${name}.${key}\` asks for ${kinds} at once`, "keep one of them", placeOf(chosen[1]?.origin))];
}

/** Requirements that would give the same variables to a service: a project has one of them. */
const exclusive: readonly (readonly [string, string])[] = [["postgres", "supabase"]];

function exclusionProblems(config: Config, entries: Entries): readonly Failure[] {
  return exclusive.flatMap((pair) => {
    const mode = (["main", "trees"] as const).find((one) => pair.every((name) => isStarted(name, one, config)));
    if (mode === undefined) return [];
    const places = pair.map((name) => placeBelow(entries, ["requirements", name]));
    const named = pair.map((name, index) => `\`requirements.${name}\`${places[index] === undefined ? "" : ` (${placeText(places[index])})`}`);
    const [one, other] = pair;
    return [invalid(`${named.join(" and ")} exclude each other, and ${mode} mode has both`, `remove one of them, set its \`enabled\` to false, or name the other in modes.${mode}.requirements; ${other} is a ${one}, too: \`requires: [${one}]\` is met by either`, places[1])];
  });
}

function isStarted(name: string, mode: Mode, { requirements, modes }: Config): boolean {
  const listed = modes[mode].requirements;
  return Object.hasOwn(requirements, name) && requirements[name]?.enabled === true && modes[mode].enabled && (listed === undefined || listed.includes(name));
}

/** A unit restarts for one reason at a time, so it belongs to one group. */
function groupProblems(config: Config, entries: Entries): readonly Failure[] {
  const groupOf = new Map<string, string>();
  return Object.entries(config.restartGroups).flatMap(([group, { units }]) => {
    const key = `restart_groups.${group}.units`;
    if (!entries.has(key)) return [invalid(`\`restart_groups.${group}\` has no units`, `add ${key}`, placeBelow(entries, ["restart_groups", group]))];
    return units.flatMap((unit) => {
      const other = groupOf.get(unit);
      groupOf.set(unit, group);
      const doubled = other === undefined ? [] : [invalid(`\`${key}\` names \`${unit}\`, which \`restart_groups.${other}\` has already`, "a unit belongs to one restart group", placeOf(entries.get(key)?.origin))];
      return [...unknownName(unit, key, config, entries), ...doubled];
    });
  });
}

function suiteProblems({ name, service }: SuiteConfig, config: Config, entries: Entries): readonly Failure[] {
  const key = `test.${name}`;
  return [
    ...(entries.has(`${key}.command`) ? [] : [invalid(`\`${key}\` has no command`, `add ${key}.command`, placeBelow(entries, ["test", name]))]),
    ...(service === undefined ? [] : listProblems([service], Object.keys(config.services), `${key}.service`, "service", entries)),
  ];
}

function hookProblems(path: readonly string[], known: readonly HookName[], entries: Entries): readonly Failure[] {
  return entries.namesBelow(path).filter((name) => !known.some((hook) => hook === name)).map((name) => {
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? `known: ${known.join(", ")}` : `did you mean \`${nearest}\`?`;
    return invalid(`\`${dotted(path)}\` names \`${name}\`, which never happens`, hint, placeOf(entries.get(dotted([...path, name]))?.origin));
  });
}

/** Every worktree needs a place of its own, and what it shares lies inside the checkout. */
function worktreeProblems({ worktrees }: Config, entries: Entries): readonly Failure[] {
  const placeOfKey = (key: string): ReturnType<typeof placeOf> => placeOf(entries.get(`worktrees.${key}`)?.origin);
  const missing = ["{feature}", "{n}"].filter((sign) => !worktrees.path.includes(sign));
  const layout = missing.length === 0 ? [] : [invalid(`\`worktrees.path\` is ${worktrees.path}, which lacks ${missing.join(" and ")}`, "write it as trees/{feature}/{n}, or ../{repository}-{feature}-{n}", placeOfKey("path"))];
  const outside = (["link", "copy"] as const).flatMap((key) => worktrees[key].filter((path) => path.startsWith("/") || path.split("/").some((part) => part === ".." || part === ".git") || /^(?:\.\/)*\.?\/?$/.test(path)).map((path) => invalid(`\`worktrees.${key}\` names ${path}, which is not a path inside the checkout`, "write it relative to the repository's root, without ..", placeOfKey(key))));
  return [...layout, ...outside];
}

/** A probe that has nothing to look at would never say anything. */
function portlessProbe(name: string, key: "ready" | "live", config: Config, entries: Entries): readonly Failure[] {
  const service = config.services[name];
  const probe = key === "ready" ? service?.ready : service?.live?.probe;
  const needsPort = probe?.kind === "http" || probe?.kind === "listener" || (probe?.kind === "tcp" && probe.address === undefined);
  if (service === undefined || service.port !== "none" || probe === undefined || !needsPort) return [];
  const place = placeBelow(entries, ["services", name, key]);
  return [invalid(`\`services.${name}.${key}\` asks for ${probe.kind}, but the service has no port`, `add services.${name}.port, or choose another probe`, place)];
}

function unknownName(wanted: string, key: string, config: Config, entries: Entries): readonly Failure[] {
  const known = [...Object.keys(config.services), ...Object.keys(config.requirements)];
  if (known.includes(wanted)) return [];
  const nearest = nearestName(wanted, known);
  const hint = nearest === undefined ? `known names: ${known.join(", ") || "none"}; a database is added under \`requirements\`` : `did you mean \`${nearest}\`?`;
  return [invalid(`\`${key}\` names \`${wanted}\`, which is neither a service nor a requirement`, hint, placeOf(entries.get(key)?.origin))];
}

function modeProblems(config: Config, entries: Entries): readonly Failure[] {
  return (["main", "trees"] as const).flatMap((mode) => {
    const { services, requirements } = config.modes[mode];
    return [
      ...listProblems(services ?? [], Object.keys(config.services), `modes.${mode}.services`, "service", entries),
      ...listProblems(requirements ?? [], Object.keys(config.requirements), `modes.${mode}.requirements`, "requirement", entries),
    ];
  });
}

function listProblems(names: readonly string[], known: readonly string[], key: string, what: string, entries: Entries): readonly Failure[] {
  return names.filter((name) => !known.includes(name)).map((name) => {
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? `known names: ${known.join(", ") || "none"}` : `did you mean \`${nearest}\`?`;
    return invalid(`\`${key}\` names \`${name}\`, which is no ${what}`, hint, placeOf(entries.get(key)?.origin));
  });
}

/** One failure per cycle, with its path. Iterative colouring would hide the path, so the walk keeps its trail. */
function cycleProblems(config: Config, entries: Entries): readonly Failure[] {
  const failures: Failure[] = [];
  const done = new Set<string>();
  const walk = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) {
      failures.push(cycleFailure([...trail.slice(trail.indexOf(name)), name], entries));
      return;
    }
    if (done.has(name) || trail.length > 500) return;
    for (const next of config.services[name]?.dependsOn ?? []) walk(next, [...trail, name]);
    done.add(name);
  };
  for (const name of Object.keys(config.services)) walk(name, []);
  return failures;
}

function cycleFailure(cycle: readonly string[], entries: Entries): Failure {
  const place = placeOf(entries.get(`services.${cycle[0]}.depends_on`)?.origin);
  return {
    reason: "dependency_cycle",
    message: `dependency cycle: ${cycle.join(" → ")}`,
    hint: "remove one of these `depends_on`",
    ...(place === undefined ? {} : { place }),
  };
}

function placeBelow(entries: Entries, path: readonly string[]): Failure["place"] {
  const keys = entries.namesBelow(path).map((name) => entries.get(dotted([...path, name])));
  const own = entries.get(dotted(path)) ?? keys.find((entry) => entry !== undefined && entry.origin.layer !== "default");
  return placeOf(own?.origin);
}

/** ` (set by ENVCTL__…)` when the service exists only because a variable or flag names it. */
function nameBelow(entries: Entries, path: readonly string[]): string {
  const origins = entries.namesBelow(path).map((key) => entries.get(dotted([...path, key]))?.origin);
  const below = origins.find((origin) => origin?.name !== undefined && origin.file === undefined)?.name;
  return below === undefined ? "" : ` (named by ${below})`;
}
