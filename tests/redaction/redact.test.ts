/** What is secret is found wherever it stands, and nothing else is touched. */
import { array, assert, constantFrom, nat, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedaction } from "../../src/redaction/redact.ts";
import { ordinaryTexts, ordinaryValues } from "./ordinary.ts";
import { secretTexts, stars, tokens } from "./secret.ts";

const plain = createRedaction();

describe("by sight", () => {
  test.each(secretTexts)("%s", (text, shown) => {
    expect(plain.text(text)).toBe(shown);
    expect(plain.text(shown)).toBe(shown);
  });

  test("known values are hidden longest first, in URLs, and line by line", () => {
    const known = createRedaction({ values: ["secret", "secret word", "-----BEGIN-----\nabcdef\n1"] });
    expect(["a secret word", "secret%20word", "abcdef", "1"].map((text) => known.text(text))).toEqual([`a ${stars}`, stars, stars, "1"]);
  });

  test("structures are walked, lists, pairs and what lies below a secret's name included", () => {
    const value = { errors: ["password=abc1"], env: { API_KEY: "x", PLAIN: "y" }, list: [{ name: "DB_PASSWORD", value: "z" }, ["--token", "t"]], credentials: { user: "u", parts: ["v"] }, pin: "1", password: 123456 };
    expect(plain.value(value)).toEqual({ errors: [`password=${stars}`], env: { API_KEY: stars, PLAIN: "y" }, list: [{ name: "DB_PASSWORD", value: stars }, ["--token", stars]], credentials: { user: stars, parts: [stars] }, pin: "1", password: stars });
  });

  test("what was hidden is told by rule", () => {
    const found: string[] = [];
    createRedaction({ values: ["hello there"] }).value({ a: "hello there, DB_PASSWORD=x", TOKEN: "y" }, (rule) => found.push(rule));
    expect(found).toEqual(["known value", "assignment", "name"]);
  });
});

test.each(tokens)("%s is a token", (token) => {
  expect(plain.text(`before ${token}, after`)).toBe(`before ${stars}, after`);
});

test("arguments of a program that take a secret are known in a list of words too", () => {
  expect([["/usr/bin/mysql", "-uroot", "-psecret", "shop"], ["curl", "--user", "me:hunter", "x"], ["docker", "run", "-p", "80:80", "mysql"], ["mkdir", "-p", "hunter"]].map((list) => plain.value(list))).toEqual([
    ["/usr/bin/mysql", "-uroot", `-p${stars}`, "shop"],
    ["curl", "--user", `me:${stars}`, "x"],
    ["docker", "run", "-p", "80:80", "mysql"],
    ["mkdir", "-p", "hunter"],
  ]);
  expect(plain.value({ auths: { host: { auth: "dXNlcjpwYXNz" } } })).toEqual({ auths: { host: { auth: stars } } });
});

test.each([
  ["markup", "a'b\"c<d", "a&#39;b&quot;c&lt;d"],
  ["SQL", "pa'ssword", "'pa''ssword'"],
  ["a quoted word", "pa'ssword", String.raw`'pa\'ssword'`],
  ["a form", "a b'c(d)~", "q=a+b%27c%28d%29%7E"],
  ["a path", "a/b c'd", "a/b%20c'd"],
  ["codes of letters beyond ASCII", "pässword", String.raw`"p\u00e4ssword"`],
  ["codes of letters that markup means", "a&b<cd", String.raw`"a\u0026b\u003ccd"`],
])("a known value is hidden as it stands in %s", (_where, value, written) => {
  const shown = createRedaction({ values: [value] }).text(written);
  expect(shown).toContain(stars);
  expect(shown).not.toContain(written);
});

test("a private key stays hidden where it came apart in lines, or was cut off at its beginning", () => {
  const [begins, ends] = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"];
  const [full, last] = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "MzEf"];
  const log = ["before", begins, full, full, last, ends, "after"];
  const hidden = ["before", `${begins}${stars}${ends}`, stars, stars, stars, `${stars}${ends}`, "after"];
  expect(plain.lines(log)).toEqual(hidden);
  expect(plain.value({ logTail: log })).toEqual({ logTail: hidden });
  expect(plain.lines(hidden)).toEqual(hidden);
  expect(plain.lines(["before", full, last, ends, "after"])).toEqual(["before", stars, stars, ends, "after"]);
  const certificate = log.map((line) => line.replace("PRIVATE KEY", "CERTIFICATE"));
  expect(plain.lines(certificate)).toEqual(certificate);
});

test("a line of a megabyte without a break takes no longer than its length", () => {
  for (const piece of ["A1b2", "a.b-c_", "sk-", "a--", "1.", "a=", "curl ", "curl -u", "<a>", "<a a", "&lt;a&gt;", "machine a ", "password ''", "name=\"a\" "]) {
    const word = piece.repeat(1_000_000 / piece.length);
    // Looked for at every letter, this would take an hour.
    expect(plain.text(`${word} password=hunter2 http://x@y`)).toBe(`${word} password=${stars} http://x@y`);
  }
});

describe("ordinary text", () => {
  test.each(ordinaryTexts)("%s", (text) => expect(plain.text(text)).toBe(text));

  test("structures too", () => {
    for (const value of ordinaryValues) expect(plain.value(value)).toEqual(value);
  });
});

/** Letters a generated password or a person's may have. */
const secretText = string({ unit: constantFrom(..."abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#$%&*+-./:;=?@^_~\"'\\ äß"), minLength: 8, maxLength: 24 }).filter((text) => text.trim().length >= 8 && new Set(text).size > 5);
/** What an unknown one has at least, for texts without quotes. */
const randomToken = string({ unit: constantFrom(..."abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"), minLength: 16, maxLength: 30 }).map((text) => `${text}7x`);
const word = constantFrom("author", "keyboard", "backend", "session-1", "port", "hello world", "http://localhost:8000", "8000", "", "true", "a=b", "[1] GET / 200");
const key = constantFrom("author", "env", "list", "message", "command", "key", "unit", "failure", "logTail", "value", "name");

const encodings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => encodeURIComponent(text),
  (text) => Buffer.from(text).toString("base64"),
  (text) => Buffer.from(text).toString("base64url"),
  (text) => Buffer.from(`user:${text}`).toString("base64"),
  (text) => Buffer.from(text).toString("hex"),
  (text) => JSON.stringify(text),
  (text) => JSON.stringify(JSON.stringify({ password: text })),
  (text) => new URLSearchParams({ q: text }).toString(),
  (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`,
];
/** Ways an unknown secret is written down. */
const disguises: readonly ((token: string) => unknown)[] = [
  (token) => ({ password: token }),
  (token) => ({ deep: [{ API_KEY: token }] }),
  (token) => `DB_PASSWORD=${token}`,
  (token) => `failed: postgres://me:${token}@db/x`,
  (token) => `Authorization: Bearer ${token}`,
  (token) => `curl -H "Bearer ${token}"`,
  (token) => `Cookie: sid=${token}; a=b`,
  (token) => `Server=x;Password=${token};`,
  (token) => JSON.stringify({ clientSecret: token }),
  (token) => JSON.stringify(JSON.stringify({ clientSecret: token })),
  (token) => `-----BEGIN EC PRIVATE KEY-----\n${token}\n-----END EC PRIVATE KEY-----`,
  (token) => `eyJhbGciOiJI.${token}.${token}`,
  (token) => [["psql", "--password", token]],
  (token) => ({ name: "STRIPE_SECRET_KEY", value: token }),
  (token) => `curl -u me:${token} http://x`,
  (token) => ["curl", "--user", `me:${token}`],
  (token) => ["mysql", `-p${token}`],
  (token) => `machine host login me password ${token}`,
  (token) => `<password>${token}</password>`,
  (token) => ({ auths: { host: { auth: Buffer.from(`me:${token}`).toString("base64") } } }),
];

/** A random structure of ordinary words around `planted`, by the numbers of `shape`. */
function around(planted: readonly unknown[], keys: readonly string[], words: readonly string[]): unknown {
  return planted.reduce((inside, one, at) => {
    const [name, text] = [keys[at % keys.length] ?? "a", words[at % words.length] ?? ""];
    const here = typeof one === "string" ? `${text} ${one} ${text}` : one;
    return at % 2 === 0 ? { [name]: [text, here, inside], [`${name}${at}`]: text } : [inside, { [name]: here }, text];
  }, words[0] as unknown);
}

const shape = { keys: array(key, { minLength: 1, maxLength: 3 }), words: array(word, { minLength: 1, maxLength: 3 }) };

describe("random structures", () => {
  test("no planted secret whose value is known is left, in whatever form", () => {
    assert(
      property(secretText, array(nat(encodings.length - 1), { minLength: 1, maxLength: 4 }), shape.keys, shape.words, (secret, chosen, keys, words) => {
        const planted = chosen.map((at) => encodings[at]?.(secret) ?? secret);
        const shown = JSON.stringify(createRedaction({ values: [secret] }).value(around(planted, keys, words)));
        return [secret, JSON.stringify(secret).slice(1, -1), ...encodings.slice(1, 4).map((encoded) => encoded(secret).replace(/=+$/, ""))].every((form) => !shown.includes(form));
      }),
      { numRuns: 10_000 },
    );
  });

  test("no planted secret that nobody knows is left", () => {
    assert(
      property(randomToken, array(nat(disguises.length - 1), { minLength: 1, maxLength: 4 }), shape.keys, shape.words, (token, chosen, keys, words) => {
        const shown = JSON.stringify(plain.value(around(chosen.map((at) => disguises[at]?.(token)), keys, words)));
        return !shown.includes(token);
      }),
      { numRuns: 10_000 },
    );
  });
});
