/** Why a configuration key or an environment variable has its value. Pure. */
import type { ExplainReason } from "../contracts/reports.ts";
import type { ResolvedConfig } from "../model/config.ts";
import type { UnitState } from "../model/run-state.ts";
import { placeOf, type Sources } from "./explain-port.ts";
import { maskedValue } from "./mask.ts";
import { originText, shownText } from "./show-config.ts";

/** Every key that can be explained. */
export function knownKeys(sources: Sources): readonly string[] {
  const variables = Object.values(sources.state?.units ?? {}).flatMap((unit) => Object.keys(unit.spec.env));
  return [...new Set([...Object.keys(sources.resolved?.settings ?? {}), ...Object.keys(sources.resolved?.aliases ?? {}), ...variables])];
}

/** Empty when the word is neither a key nor a variable. */
export function keyReasons(word: string, sources: Sources): readonly ExplainReason[] {
  return [...(sources.resolved === undefined ? [] : configKeyReasons(word, sources.resolved)), ...variableReasons(word, sources)];
}

/** A group is explained by the keys below it, a name of the Python engine's form by the key it stands for. */
function configKeyReasons(word: string, resolved: ResolvedConfig): readonly ExplainReason[] {
  const { settings } = resolved;
  const below = Object.keys(settings).filter((key) => (key.startsWith(`${word}.`) || key.startsWith(`${word} [`)) && settings[key]?.state !== "unset");
  const keys = [...(settings[word] === undefined ? [] : [word]), ...below];
  return keys.length > 0 ? keys.flatMap((key) => settingReason(key, resolved)) : aliasReasons(word, resolved);
}

function settingReason(key: string, resolved: ResolvedConfig): readonly ExplainReason[] {
  const setting = resolved.settings[key];
  if (setting === undefined) return [];
  const value = shownText(key, setting, resolved);
  const text = setting.state === "set" ? `${key} is ${value}: ${originText(setting.origin)}` : setting.state === "unset" ? `${key} is not set` : `${key} is not set; what holds: ${value}`;
  return [{ topic: "value", depth: 0, text, ...placeOf(setting.origin) }];
}

function aliasReasons(word: string, resolved: ResolvedConfig): readonly ExplainReason[] {
  const byName = Object.keys(resolved.settings).filter((key) => resolved.settings[key]?.origin.name === word);
  const key = resolved.aliases[word];
  const keys = byName.length > 0 || key === undefined ? byName : [key];
  return keys.flatMap((one): readonly ExplainReason[] => {
    const reasons = settingReason(one, resolved).map((reason) => ({ ...reason, depth: 1 }));
    const isThere = reasons.length > 0;
    return [{ topic: "value", depth: 0, text: isThere ? `${word} is a name of the KEY=value form for ${one}.` : `${word} is a name of the KEY=value form for ${one}, which is not configured here.` }, ...reasons];
  });
}

function variableReasons(word: string, sources: Sources): readonly ExplainReason[] {
  return Object.values(sources.state?.units ?? {}).flatMap((unit) => {
    const value = unit.spec.env[word];
    if (value === undefined) return [];
    return [{ topic: "environment" as const, depth: 0, text: `${unit.spec.id} gets ${word}=${maskedValue(word, value, sources.secrets)}` }, variableSource(word, value, unit, sources)];
  });
}

/** Where a variable comes from, strongest first, as the plan puts them together. */
function variableSource(word: string, value: string, unit: UnitState, sources: Sources): ExplainReason {
  const { name, project } = unit.spec;
  const mode = sources.state?.projects[project]?.slot === 0 ? "main" : "trees";
  const key = `services.${name}.env.${word}`;
  // The key of a mode is there only where the service itself does not set the variable.
  const setting = sources.resolved?.settings[`${key} [${mode}]`] ?? sources.resolved?.settings[key];
  if (setting === undefined) return { topic: "environment", depth: 1, text: givenText(word, value, unit, sources) };
  const from = setting.text === value ? "" : `, from ${maskedValue(word, setting.text, sources.secrets)}`;
  return { topic: "environment", depth: 1, text: `${key}, ${originText(setting.origin)}${from}`, ...placeOf(setting.origin) };
}

/** Set by envctl, unless a requirement it depends on gives it: the one whose secret or port is in the value, where that tells. */
function givenText(word: string, value: string, unit: UnitState, { state }: Sources): string {
  if (word === "PORT") return `It is the port of ${unit.spec.id} itself, set by envctl; setting it under env: takes precedence.`;
  const givers = unit.spec.dependsOn.flatMap((unitId) => (state?.units[unitId]?.spec.kind === "requirement" ? [state.units[unitId]] : []));
  if (givers.length === 0 || word.startsWith("ENVCTL_")) return "It is set by envctl itself.";
  const seen = givers.filter(({ spec }) => value.includes(`{{secret:${spec.id}/`) || spec.ports.some(({ port }) => new RegExp(`\\b${port}\\b`).test(value)));
  const names = (seen.length > 0 ? seen : givers).map(({ spec }) => spec.id);
  return `It is given by ${names.length > 1 ? "one of the requirements" : "what"} the unit depends on: ${names.join(", ")}; setting it under env: takes precedence.`;
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
  const origin = resolved.origins[`${key}.enabled`];
  const why = unit?.enabled === false ? `it is disabled: ${key}.enabled, ${originText(origin)}` : hasRun ? "it is not part of this run; `envctl start` adds it" : "nothing was started yet; `envctl start` starts it";
  return [{ topic: "status", depth: 0, text: `${name} is not started: ${why}.`, ...placeOf(origin) }];
}
