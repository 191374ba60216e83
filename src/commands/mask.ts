/** Hides what is secret in everything that is shown: plans, states, events. Pure. */
import type { Event } from "../model/events.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import { masked, maskSecrets } from "../model/secrets.ts";
import type { UnitSpec } from "../model/unit.ts";

type Values = Readonly<Record<string, string>>;

/** Variables the configuration names under `secrets:`. */
export type SecretNames = ReadonlySet<string>;

const noNames: SecretNames = new Set();
/** Names whose values people do not want on a screen, wherever they come from. */
const secretName = /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(?:API|PRIVATE|SECRET|ACCESS|ENCRYPTION|SIGNING|SERVICE_ROLE|ANON)_?KEY)(?:$|_)/i;
/** `scheme://user:password@host`. */
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)([^\s/@]+)(@)/gi;

/** Hides references, values whose name is or looks secret, and passwords inside URLs. */
export function maskedValue(name: string, text: string, names: SecretNames = noNames): string {
  const hidden = maskSecrets(text);
  if (hidden === "") return hidden;
  return names.has(name) || secretName.test(name) ? masked : hidden.replace(urlPassword, `$1${masked}$3`);
}

/** The same variables with everything secret hidden. */
export function maskedValues(values: Values, names: SecretNames = noNames): Values {
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, maskedValue(name, text, names)]));
}

/** The hash stays: it is that of the real specification. */
export function maskedSpec(spec: UnitSpec): UnitSpec {
  const text = (one: string): string => maskedValue("", one);
  return {
    ...spec,
    env: maskedValues(spec.env, new Set(spec.secretEnv)),
    command: spec.command.map(text),
    prepare: spec.prepare.map((step) => ({ ...step, command: step.command.map(text) })),
    ready: spec.ready.kind === "exec" ? { ...spec.ready, command: spec.ready.command.map(text) } : spec.ready,
    ...(spec.hooks === undefined ? {} : { hooks: Object.fromEntries(Object.entries(spec.hooks).map(([name, commands]) => [name, commands.map((command) => command.map(text))])) }),
    ...(spec.url === undefined ? {} : { url: text(spec.url) }),
    ...(spec.healthUrl === undefined ? {} : { healthUrl: text(spec.healthUrl) }),
  };
}

export function maskedPlan(plan: Plan): Plan {
  return { ...plan, nodes: plan.nodes.map((node) => ({ ...node, spec: maskedSpec(node.spec) })) };
}

export function maskedState(state: RunState): RunState {
  return { ...state, units: Object.fromEntries(Object.entries(state.units).map(([unitId, unit]) => [unitId, { ...unit, spec: maskedSpec(unit.spec) }])) };
}

export function maskedEvent(event: Event): Event {
  return event.type === "unit_planned" ? { ...event, spec: maskedSpec(event.spec) } : event;
}

/** Names any unit of a run calls secret. */
export function secretNamesIn(state: RunState): SecretNames {
  return new Set(Object.values(state.units).flatMap(({ spec }) => spec.secretEnv ?? []));
}

/** For content whose form is not known, such as a file: texts by the name they stand under. */
export function maskedContent(content: Readonly<Record<string, unknown>>, names: SecretNames): Record<string, unknown> {
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, maskedUnknown(name, value, names)]));
}

function maskedUnknown(name: string, value: unknown, names: SecretNames): unknown {
  if (typeof value === "string") return maskedValue(name, value, names);
  if (Array.isArray(value)) return value.map((one: unknown) => maskedUnknown("", one, names));
  return typeof value === "object" && value !== null ? maskedContent({ ...value }, names) : value;
}
