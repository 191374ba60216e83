/** A unit's environment with its secrets put in. */
import { UserError } from "../model/failure.ts";
import { hasSecret, resolveSecrets } from "../model/secrets.ts";
import type { UnitSpec } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import { secretUnavailable } from "../ui/words.ts";

type Values = Readonly<Record<string, string>>;

/** Variables of the process that called envctl and not of what it runs. */
const notHandedOn = /^(?:ENVCTL_OWNER|ENVCTL_RUN_ID)$/;
/** What the caller's environment hands on to a unit. */
export function inheritedValues(runtime: Pick<EngineRuntime, "host">): Values {
  const pairs = Object.entries(runtime.host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined && !notHandedOn.test(pair[0]));
  return Object.fromEntries(pairs);
}

/** The unit's own variables with every secret put in. Throws a UserError for a secret that was never made. */
export async function revealedValues(spec: Pick<UnitSpec, "env">, runtime: Pick<EngineRuntime, "knownSecret">): Promise<Values> {
  const found = new Map<string, string>();
  for (const key of Object.values(spec.env).flatMap(secretKeys)) {
    if (!found.has(key)) found.set(key, await secretValue(key, runtime));
  }
  return Object.fromEntries(Object.entries(spec.env).map(([name, text]) => [name, resolveSecrets(text, (key) => found.get(key) ?? "")]));
}

function secretKeys(text: string): readonly string[] {
  const keys: string[] = [];
  if (hasSecret(text)) resolveSecrets(text, (key) => (keys.push(key), ""));
  return keys;
}

async function secretValue(key: string, runtime: Pick<EngineRuntime, "knownSecret">): Promise<string> {
  const value = await runtime.knownSecret(key).catch((error: unknown) => {
    throw new UserError(secretUnavailable(key, error instanceof Error ? error.message : String(error)));
  });
  if (value === undefined) throw new UserError(secretUnavailable(key, "it was not made yet"));
  return value;
}
