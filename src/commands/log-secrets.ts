/** Which texts are secret in what units write, for `logs --mask`. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunState, UnitState } from "../model/run-state.ts";
import { resolveSecrets } from "../model/secrets.ts";
import { keyLineReader, mostKeyLines } from "../redaction/key-lines.ts";
import { isEverydayValue, isSecretName } from "../redaction/names.ts";
import { createRedaction, type Redaction } from "../redaction/redact.ts";
import type { EngineRuntime } from "../runtime.ts";
import { secretNames } from "./secret-names.ts";

type Values = Readonly<Record<string, unknown>>;

/** Replaces secret values in a text. */
export type Masking = (text: string) => string;

type SecretRuntime = Pick<EngineRuntime, "resolveConfig" | "checkout" | "knownSecret" | "host" | "scope">;

/** Hides what is secret in logs. */
export interface LogMasking {
  /** How many lines before a line say what it is. */
  readonly linesBefore: number;
  /** Lines of one log. */
  lines(texts: readonly string[]): readonly string[];
  /** Of the lines that follow those. */
  after(texts: readonly string[]): Masking;
}

export const noLogMasking: LogMasking = { linesBefore: 0, lines: (texts) => texts, after: () => (text) => text };

/** Values of what the configuration and the units call secret, as the units were started with them and as they are now, and of generated passwords. */
export async function logMasking(state: RunState, units: readonly UnitState[], runtime: SecretRuntime): Promise<LogMasking> {
  const redaction = await runRedaction(state, units, runtime);
  return {
    linesBefore: mostKeyLines,
    lines: (texts) => redaction.lines(texts),
    after: (texts) => {
      const read = keyLineReader();
      for (const text of texts) read(text);
      return (text) => redaction.text(read(text));
    },
  };
}

/** Knows every secret that can be found; also without a state, where that is damaged. `variables` are further ones that were in use. */
export async function runRedaction(state: RunState | undefined, units: readonly UnitState[], runtime: SecretRuntime, variables: Values = {}): Promise<Redaction> {
  const names = await secretNames(runtime, Object.values(state?.projects ?? {}).map((project) => project.root));
  const found = await Promise.all(units.map((unit) => unitSecrets(state?.runId ?? "", unit, names, runtime)));
  return createRedaction({ values: [...valuesOf(runtime.host.environment, names), ...valuesOf(variables, names), ...generated(runtime.scope.secrets), ...found.flat()], names });
}

/** Passwords that were made here, of every project. */
function generated(directory: string): readonly string[] {
  return namesIn(directory).flatMap((name) => {
    const { values } = contentOf(join(directory, name));
    return typeof values === "object" && values !== null ? Object.values(values).filter((value): value is string => typeof value === "string") : [];
  });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

async function unitSecrets(runId: string, { spec, environmentId }: UnitState, configured: ReadonlySet<string>, runtime: SecretRuntime): Promise<readonly string[]> {
  const names = new Set([...configured, ...(spec.secretEnv ?? [])]);
  const started = environmentId === undefined ? {} : contentOf(join(runtime.scope.runs, runId, "environments", `${environmentId}.json`));
  const keys = new Set<string>();
  for (const text of [...Object.values(spec.env), ...spec.command]) resolveSecrets(text, (key) => (keys.add(key), ""));
  const kept = await Promise.all([...keys].map(async (key) => runtime.knownSecret(key).catch(() => undefined)));
  return [...valuesOf(spec.env, names), ...valuesOf(started, names), ...kept.filter((value) => value !== undefined)];
}

/** Of names that are called secret, and of those that look like it unless their values are plain words. */
function valuesOf(values: Values, names: ReadonlySet<string>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const isSecret = names.has(name) || (typeof value === "string" && value.length >= shortestGuess && isSecretName(name, value) && !isEverydayValue(value));
    return isSecret && typeof value === "string" ? [value] : [];
  });
}

const shortestGuess = 8;

/** The object in a file; empty when it is not there. */
function contentOf(path: string): Values {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
