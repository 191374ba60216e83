/**
 * Secret references. Plans, events and hashes hold `{{secret:<owner>/<name>}}`; the value is put in only
 * when a process is started or a person asks with `--reveal`.
 */

const reference = /\{\{secret:([^{}]+)\}\}/g;

/** What is shown in place of a secret. */
export const masked = "********";

/** A reference to the secret `name` of `owner` (a unit id). */
export function secretReference(owner: string, name: string): string {
  return `{{secret:${owner}/${name}}}`;
}

/** A reference to a variable of the caller's environment that the configuration calls secret. */
export function callerSecretReference(variable: string): string {
  return secretReference("env", variable);
}

/** The variable such a reference's key names; undefined for the key of a kept secret. */
export function callerSecretVariable(key: string): string | undefined {
  return key.startsWith("env/") ? key.slice("env/".length) : undefined;
}

/** The key inside a text that is one reference. */
export function secretKey(text: string): string {
  return text.replace(reference, "$1");
}

/** Replaces every reference by what `lookup` returns for its key; throws what `lookup` throws. */
export function resolveSecrets(text: string, lookup: (key: string) => string): string {
  return text.replace(reference, (_whole, key: string) => lookup(key));
}

/** Replaces every reference by stars. */
export function maskSecrets(text: string): string {
  return text.replace(reference, masked);
}

/** True when the text holds a reference. */
export function hasSecret(text: string): boolean {
  return text.search(reference) >= 0;
}
