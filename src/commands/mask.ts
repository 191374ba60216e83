/** Hides what is secret in everything that is shown: plans, states, events. Pure. */
import type { Event } from "../model/events.ts";
import type { Failure } from "../model/failure.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import { maskSecrets } from "../model/secrets.ts";
import type { UnitSpec } from "../model/unit.ts";
import { createRedaction } from "../redaction/redact.ts";

type Values = Readonly<Record<string, string>>;

/** Variables the configuration names under `secrets:`. */
export type SecretNames = ReadonlySet<string>;

const noNames: SecretNames = new Set();

/** Hides references, values whose name is or looks secret, and what looks like a secret inside others. */
export function maskedValue(name: string, text: string, names: SecretNames = noNames): string {
  const hidden = maskSecrets(text);
  return hidden === "" ? hidden : createRedaction({ names }).named(name, hidden);
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

/** Beside the specification, words of programs: they may say anything. */
export function maskedEvent(event: Event): Event {
  if (event.type === "unit_planned") return { ...event, spec: maskedSpec(event.spec) };
  return "failure" in event && event.failure !== undefined ? { ...event, failure: maskedFailure(event.failure) } : event;
}

/** With what it quotes of logs and of other programs made harmless. */
export function maskedFailure(failure: Failure): Failure {
  const { cause, hint, logTail } = failure;
  const { text, lines } = createRedaction();
  return {
    ...failure,
    message: text(failure.message),
    ...(hint === undefined ? {} : { hint: text(hint) }),
    ...(cause === undefined ? {} : { cause: maskedFailure(cause) }),
    ...(logTail === undefined ? {} : { logTail: lines(logTail) }),
  };
}

/** Names any unit of a run calls secret. */
export function secretNamesIn(state: RunState): SecretNames {
  return new Set(Object.values(state.units).flatMap(({ spec }) => spec.secretEnv ?? []));
}

/** For content whose form is not known, such as a file: texts by the name they stand under. */
export function maskedContent(content: Readonly<Record<string, unknown>>, names: SecretNames): Record<string, unknown> {
  const hidden = createRedaction({ names }).value(content);
  return typeof hidden === "object" && hidden !== null ? { ...hidden } : {};
}
