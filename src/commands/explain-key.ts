/** Why a configuration key or an environment variable has its value. Pure. */
import type { ExplainReason } from "../contracts/reports.ts";
import type { ResolvedConfig } from "../model/config.ts";
import { configRows } from "./config-rows.ts";
import { placeOf, type Sources } from "./explain-port.ts";
import { originOf, originText } from "./show-config.ts";
import { maskedValue } from "./unit-values.ts";

/** Every key that can be explained. */
export function knownKeys(sources: Sources): readonly string[] {
  const variables = Object.values(sources.state?.units ?? {}).flatMap((unit) => Object.keys(unit.spec.env));
  return [...new Set([...Object.keys(sources.resolved?.origins ?? {}), ...variables])];
}

/** Empty when the word is neither a key nor a variable. */
export function keyReasons(word: string, sources: Sources): readonly ExplainReason[] {
  return [...(sources.resolved === undefined ? [] : configKeyReasons(word, sources.resolved)), ...variableReasons(word, sources)];
}

/** A group is explained by the keys below it. */
function configKeyReasons(word: string, resolved: ResolvedConfig): readonly ExplainReason[] {
  const values = new Map(configRows(resolved.config).map(([key, value]) => [plainKey(key), value]));
  const keys = Object.keys(resolved.origins).filter((key) => key === word || key.startsWith(`${word}.`));
  return keys.flatMap((key): readonly ExplainReason[] => {
    const origin = resolved.origins[key];
    const value = values.get(plainKey(key)) ?? listedBelow(key, values);
    if (value === undefined && key !== word) return [];
    const shown = value === undefined ? "is set" : `is ${maskedValue(key.slice(key.lastIndexOf(".") + 1), value)}`;
    return [{ topic: "value", depth: 0, text: `${key} ${shown}: ${originText(origin)}`, ...placeOf(origin) }];
  });
}

function listedBelow(key: string, values: ReadonlyMap<string, string>): string | undefined {
  const inner = [...values].filter(([name]) => name.startsWith(`${plainKey(key)}.`));
  return inner.length === 0 || inner.length > 3 ? undefined : inner.map(([name, value]) => `${name.slice(plainKey(key).length + 1)} ${value}`).join(", ");
}

/** The file writes `depends_on` and keeps an adapter's settings beside `engine`; the model says `dependsOn` and `settings`. */
function plainKey(key: string): string {
  return key.replace(/^(requirements\.[^.]+)\.settings\./, "$1.").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/_ms$/, "").toLowerCase();
}

function variableReasons(word: string, { state, resolved }: Sources): readonly ExplainReason[] {
  return Object.values(state?.units ?? {}).flatMap((unit) => {
    const value = unit.spec.env[word];
    if (value === undefined) return [];
    const key = `services.${unit.spec.name}.env.${word}`;
    const origin = resolved?.origins[key];
    const template = resolved?.config.services[unit.spec.name]?.env[word];
    const from: ExplainReason =
      origin === undefined
        ? { topic: "environment", depth: 1, text: providerText(word, unit.spec.dependsOn) }
        : { topic: "environment", depth: 1, text: `${key}, ${originText(origin)}${template === undefined || template === value ? "" : `, from ${maskedValue(word, template)}`}`, ...placeOf(origin) };
    return [{ topic: "environment" as const, depth: 0, text: `${unit.spec.id} gets ${word}=${maskedValue(word, value)}` }, from];
  });
}

function providerText(word: string, dependsOn: readonly string[]): string {
  return dependsOn.length === 0 ? `${word} is set by envctl itself.` : `It is given by what the unit depends on: ${dependsOn.join(", ")}; setting it under env: takes precedence.`;
}

/** Also for units of a configuration that was never started. */
export function configuredUnit(word: string, resolved: ResolvedConfig | undefined): string | undefined {
  const name = word.slice(word.lastIndexOf("/") + 1);
  if (resolved?.config.services[name] !== undefined) return `services.${name}`;
  return resolved?.config.requirements[name] === undefined ? undefined : `requirements.${name}`;
}

/** A unit that is configured but no part of the run. */
export function notStartedReasons(key: string, resolved: ResolvedConfig, hasRun: boolean): readonly ExplainReason[] {
  const [group, name = ""] = key.split(".");
  const unit = group === "services" ? resolved.config.services[name] : resolved.config.requirements[name];
  const origin = originOf(resolved.origins, `${key}.enabled`);
  const why = unit?.enabled === false ? `it is disabled: ${key}.enabled, ${originText(origin)}` : hasRun ? "it is not part of this run; `envctl start` adds it" : "nothing was started yet; `envctl start` starts it";
  return [{ topic: "status", depth: 0, text: `${name} is not started: ${why}.`, ...placeOf(origin) }];
}
