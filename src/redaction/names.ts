/** Which names stand before secrets. Pure. */

/** A word of a name that makes it secret; `PGPASSWORD` is one word. */
const secretWord = /^(?:[a-z]*(?:passwords?|passwd|passphrase|passcode|secret|(?:api|secret|access|private)key|(?:auth|access|refresh|api|identity|registry)token)|pwd|token|credentials?|authorization|cookie)$/;
/** What a `key` is for, where it is a secret. */
const keyWords = new Set(["api", "private", "secret", "access", "encryption", "signing", "role", "anon", "master", "account", "client", "deploy", "webhook", "shared", "license", "auth", "session", "jwt"]);
/** What follows a secret's word where the name is about the secret and is not the secret itself. */
const aboutWords = new Set([
  "file", "path", "dir", "directory", "url", "uri", "endpoint", "host", "port", "count", "counts", "length", "size", "limit", "limits", "max", "min", "type", "kind", "name", "names", "id", "ids", "expires", "expiry",
  "expiration", "expired", "ttl", "age", "lifetime", "policy", "field", "header", "prompt", "hint", "reset", "page", "form", "required", "enabled", "strength", "manager", "provider", "format", "prefix", "version", "issuer",
  "rotation", "rotated", "ref", "refs", "reference", "arn", "env", "environment", "encryption", "mode", "method", "attribute", "pattern", "regex", "word", "words", "variable", "variables", "keys", "at", "created", "updated", "valid", "algorithm", "store", "input", "label", "placeholder", "through", "rate", "budget", "bucket",
]);
/** Words that often stand before a secret, and as often before none: what follows decides. */
const doubtfulWords = new Set(["key", "auth", "signature", "sig", "salt", "cert", "license", "pin", "otp", "pepper"]);

/** `apiKey`, `API_KEY`, `x-api-key` and `api.key` are the words `api`, `key`. */
function wordsOf(name: string): readonly string[] {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2").toLowerCase().split(/[^a-z]+/).filter((word) => word !== "");
}

/** True when people do not want to see on a screen what stands under this name; `PWD` is also what shells call the directory they stand in. */
export function isSecretName(name: string, value = ""): boolean {
  if (name === "PWD" && value.startsWith("/")) return false;
  const words = wordsOf(name);
  const at = words.findIndex((word, index) => secretWord.test(word) || (word === "key" && keyWords.has(words[index - 1] ?? "")) || (word === "pass" && index > 0));
  return at >= 0 && !words.slice(at + 1).some((word) => aboutWords.has(word));
}

/** True for a name that means a secret when what stands under it looks like one. */
export function isDoubtfulName(name: string): boolean {
  return doubtfulWords.has(wordsOf(name).at(-1) ?? "");
}

/** True for a text nobody would have thought up: long, of several kinds of letters, none much more frequent than the others, and not words joined by dashes. */
export function looksRandom(text: string): boolean {
  if (text.length < 16 || !/^[\w+/=.~%-]+$/.test(text)) return false;
  const count = (kind: RegExp): number => text.match(kind)?.length ?? 0;
  const isMixed = count(/[a-z]/g) > 0 && count(/[A-Z]/g) > 0 && count(/\d/g) > 0;
  return (isMixed || count(/\d/g) >= 4) && count(/[-_./]/g) <= text.length / 10 && entropyBits(text) >= 3.2;
}

/** The form `user:password`, in base64. */
export function isUserAndPassword(value: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(value, "base64").toString("latin1"));
}

/** True for a text that is a secret under a doubtful name. */
export function looksSecret(text: string): boolean {
  return looksRandom(text) || (/^[A-Za-z0-9+/]{8,}={0,2}$/.test(text) && isUserAndPassword(text));
}

/** Shannon entropy per letter. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/** Passwords of examples and images, known to everybody. */
const everydayValues = new Set(["postgres", "postgresql", "password", "supabase", "localhost", "development", "changeme", "changethis", "administrator", "rabbitmq", "minioadmin", "username", "redispass", "mysecretpassword"]);

/** True for a value that is hidden only where it stands under its name: elsewhere it is a word, such as the name of a service. */
export function isEverydayValue(value: string): boolean {
  return everydayValues.has(value.toLowerCase());
}
