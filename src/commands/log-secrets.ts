/** Which texts are secret in what units write, for `logs --mask`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunState, UnitState } from "../model/run-state.ts";
import { resolveSecrets } from "../model/secrets.ts";
import { createRedaction } from "../redaction/redact.ts";
import type { EngineRuntime } from "../runtime.ts";
import { secretNames } from "./secret-names.ts";

type Values = Readonly<Record<string, unknown>>;

/** Replaces secret values in a text. */
export type Masking = (text: string) => string;

/** Values of what the configuration and the units call secret, as the units were started with them and as they are now, and of generated passwords. */
export async function logMasking(state: RunState, units: readonly UnitState[], runtime: Pick<EngineRuntime, "resolveConfig" | "checkout" | "knownSecret" | "host" | "scope">): Promise<Masking> {
  const names = await secretNames(runtime, Object.values(state.projects).map((project) => project.root));
  const found = await Promise.all(units.map((unit) => unitSecrets(state, unit, names, runtime)));
  const redaction = createRedaction({ values: [...valuesOf(runtime.host.environment, names), ...found.flat()], names });
  return (text) => redaction.text(text);
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
