/** Which requirement meets a capability that a service requires, and why that one. */
import type { Config, Mode, ServiceConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";

/** A requirement the configuration has, or could have. */
export interface Provider {
  readonly name: string;
  readonly provides: readonly string[];
  /** The lowest is taken first. */
  readonly priority: number;
  /** In the project that asks. */
  readonly isRunning: boolean;
}

/** A configuration in which every capability that can be met has become a dependency. */
export interface MetCapabilities {
  readonly config: Config;
  /** Service → what it gets from whom, and why. */
  readonly notes: Readonly<Record<string, readonly string[]>>;
  /** Service → what nobody provides. */
  readonly unmet: Readonly<Record<string, readonly Failure[]>>;
}

/** `providers` are those configured and those that could be, with what they provide. Order of choice: see `preferred`. */
export function meetCapabilities(config: Config, mode: Mode, providers: readonly Provider[]): MetCapabilities {
  const services = Object.values(config.services).map((service) => metFor(service, config, mode, providers));
  return {
    config: { ...config, services: Object.fromEntries(services.map(({ service }) => [service.name, service])) },
    notes: Object.fromEntries(services.map(({ service, notes }) => [service.name, notes])),
    unmet: Object.fromEntries(services.map(({ service, failures }) => [service.name, failures])),
  };
}

interface MetService {
  readonly service: ServiceConfig;
  readonly notes: readonly string[];
  readonly failures: readonly Failure[];
}

function metFor(service: ServiceConfig, config: Config, mode: Mode, providers: readonly Provider[]): MetService {
  const results = (service.requires ?? []).map((capability) => choice({ capability, service, config, mode, providers }));
  const chosen = results.flatMap((result) => ("reason" in result ? [] : [result]));
  return {
    service: { ...service, dependsOn: [...new Set([...service.dependsOn, ...chosen.map(({ name }) => name)])] },
    notes: chosen.map(({ capability, name, because }) => `${service.name} gets ${capability} from ${name}: ${because}`),
    failures: results.flatMap((result) => ("reason" in result ? [result] : [])),
  };
}

interface Question {
  readonly capability: string;
  readonly service: ServiceConfig;
  readonly config: Config;
  readonly mode: Mode;
  readonly providers: readonly Provider[];
}

interface Choice {
  readonly capability: string;
  readonly name: string;
  readonly because: string;
}

function choice(question: Question): Choice | Failure {
  const { capability, service, config, mode, providers } = question;
  const listed = config.modes[mode].requirements;
  const able = providers.filter(({ provides }) => provides.includes(capability));
  const enabled = able.filter(({ name }) => Object.hasOwn(config.requirements, name) && config.requirements[name]?.enabled === true && (listed === undefined || listed.includes(name)));
  const named = enabled.find(({ name }) => service.dependsOn.includes(name));
  if (named !== undefined) return { capability, name: named.name, because: `services.${service.name}.depends_on names it` };
  const wish = config.providers?.[capability];
  const best = preferred(enabled, wish);
  if (best === undefined) return unmetFailure(question, able);
  const isDenied = wish !== undefined && !enabled.some(({ name }) => name === wish);
  return isDenied ? deniedFailure(question, wish, enabled) : { capability, name: best.name, because: reasonFor(best, enabled, capability, wish) };
}

/** What runs already, then what `providers:` says, then the lowest priority, then the name. */
function preferred(enabled: readonly Provider[], wish: string | undefined): Provider | undefined {
  const rank = ({ name, isRunning, priority }: Provider): readonly number[] => [isRunning ? 0 : 1, name === wish ? 0 : 1, priority];
  return enabled.toSorted((one, other) => {
    const others = rank(other);
    return rank(one).map((value, index) => value - (others[index] ?? 0)).find((difference) => difference !== 0) ?? (one.name < other.name ? -1 : 1);
  })[0];
}

function reasonFor(best: Provider, enabled: readonly Provider[], capability: string, wish: string | undefined): string {
  const others = enabled.filter((one) => one !== best);
  if (others.length === 0) return "no other enabled requirement provides it";
  const overruled = wish === undefined || wish === best.name ? "" : `; providers.${capability} (${wish}) counts once it is stopped`;
  if (best.isRunning && others.every(({ isRunning }) => !isRunning)) return `it runs already${overruled}`;
  if (best.name === wish) return `providers.${capability} says so`;
  const rivals = others.filter(({ isRunning }) => isRunning === best.isRunning);
  return rivals.every(({ priority }) => priority > best.priority) ? `it has the lowest priority of ${nameList(enabled)}` : `its name is the first of ${nameList(enabled)}`;
}

function unmetFailure({ capability, service, config, providers }: Question, able: readonly Provider[]): Failure {
  const words = able.map(({ name }) => {
    const configured = Object.hasOwn(config.requirements, name) ? config.requirements[name] : undefined;
    if (configured === undefined) return `add requirements.${name}`;
    return configured.enabled ? `add ${name} to this mode's requirements` : `set requirements.${name}.enabled to true`;
  });
  const known = [...new Set(providers.flatMap(({ provides }) => provides))].sort().join(", ");
  return {
    reason: "configuration_invalid",
    message: `services.${service.name}.requires names \`${capability}\`, which no enabled requirement provides`,
    hint: words.length > 0 ? words.join(", or ") : `there is: ${known}`,
  };
}

function deniedFailure({ capability }: Question, wish: string, enabled: readonly Provider[]): Failure {
  return {
    reason: "configuration_invalid",
    message: `providers.${capability} is ${wish}, which is no enabled requirement that provides ${capability}`,
    hint: `these are: ${nameList(enabled)}`,
  };
}

function nameList(providers: readonly Provider[]): string {
  return providers.map(({ name }) => name).sort().join(", ");
}
