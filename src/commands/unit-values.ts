/** A unit's environment as a person or a program gets it: secrets put in, or hidden. */
import { UserError } from "../model/failure.ts";
import { hasSecret, masked, maskSecrets, resolveSecrets } from "../model/secrets.ts";
import type { UnitSpec } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import { secretUnavailable } from "../ui/words.ts";

type Values = Readonly<Record<string, string>>;

/** Variables of the process that called envctl and not of what it runs. */
const notHandedOn = /^(?:ENVCTL_OWNER|ENVCTL_RUN_ID)$/;
/** Names whose values people do not want on a screen, wherever they come from. */
const secretName = /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(?:API|PRIVATE|SECRET|ACCESS|ENCRYPTION|SIGNING|SERVICE_ROLE|ANON)_?KEY)(?:$|_)/i;
/** `scheme://user:password@host`. */
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)([^\s/@]+)(@)/gi;

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

/** The same with everything secret hidden. */
export function maskedValues(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, maskedValue(name, text)]));
}

/** Hides references, values whose name says that they are secret, and passwords inside URLs. */
export function maskedValue(name: string, text: string): string {
  const hidden = maskSecrets(text);
  if (hidden === "") return hidden;
  return secretName.test(name) ? masked : hidden.replace(urlPassword, `$1${masked}$3`);
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
