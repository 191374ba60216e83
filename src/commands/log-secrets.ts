/** Which texts are secret in what units write, for `logs --mask`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunState, UnitState } from "../model/run-state.ts";
import { masked, resolveSecrets } from "../model/secrets.ts";
import type { EngineRuntime } from "../runtime.ts";
import { secretNames } from "./secret-names.ts";

type Values = Readonly<Record<string, unknown>>;

/** Shorter ones would hide half of every line, and are no secrets. */
const shortestLength = 4;

/** Replaces secret values in a text. */
export type Masking = (text: string) => string;

/** Values of what the configuration and the units call secret, as the units were started with them and as they are now, and of generated passwords. */
export async function logMasking(state: RunState, units: readonly UnitState[], runtime: Pick<EngineRuntime, "resolveConfig" | "checkout" | "knownSecret" | "host" | "scope">): Promise<Masking> {
  const names = await secretNames(runtime, Object.values(state.projects).map((project) => project.root));
  const found = await Promise.all(units.map((unit) => unitSecrets(state, unit, names, runtime)));
  return maskingOf([...valuesOf(runtime.host.environment, names), ...found.flat()]);
}

/** The longest first, since one may be a part of another; in a URL they are written in its own way. Lines of a value are masked one by one. */
export function maskingOf(values: readonly string[]): Masking {
  const lines = values.flatMap((value) => value.split(/\r?\n/)).filter((line) => line.length >= shortestLength);
  const texts = [...new Set(lines.flatMap((line) => [line, encodeURIComponent(line)]))].toSorted((one, other) => other.length - one.length);
  return (text) => texts.reduce((shown, secret) => shown.replaceAll(secret, masked), text);
}

async function unitSecrets(state: RunState, { spec, environmentId }: UnitState, configured: ReadonlySet<string>, runtime: Pick<EngineRuntime, "knownSecret" | "scope">): Promise<readonly string[]> {
  const names = new Set([...configured, ...(spec.secretEnv ?? [])]);
  const started = environmentId === undefined ? {} : environmentAt(join(runtime.scope.runs, state.runId, "environments", `${environmentId}.json`));
  const keys = new Set<string>();
  for (const text of [...Object.values(spec.env), ...spec.command]) resolveSecrets(text, (key) => (keys.add(key), ""));
  const kept = await Promise.all([...keys].map(async (key) => runtime.knownSecret(key).catch(() => undefined)));
  return [...valuesOf(spec.env, names), ...valuesOf(started, names), ...kept.filter((value) => value !== undefined)];
}

function valuesOf(values: Values, names: ReadonlySet<string>): readonly string[] {
  return [...names].flatMap((name) => {
    const value = values[name];
    return typeof value === "string" ? [value] : [];
  });
}

/** Kept for restarts; empty when it is not there. */
function environmentAt(path: string): Values {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
