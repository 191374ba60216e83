/** The keys of a unit, one row each: how its value is written in a header, and in YAML. Pure. */
import type { Failure, Place } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { GraphUnit, When } from "./unit.ts";

type Fields = Omit<Partial<GraphUnit>, "id" | "place">;

interface Key {
  readonly wants: string;
  /** What it makes of a unit; undefined when the value is not what it wants. */
  readonly read: (value: unknown) => Fields | undefined;
}

const key = <T>(wants: string, parse: (value: unknown) => T | undefined, field: (value: T) => Fields): Key => ({
  wants,
  read: (value) => {
    const parsed = parse(value);
    return parsed === undefined ? undefined : field(parsed);
  },
});
const texts = (field: (value: readonly string[]) => Fields): Key => key("a list of names", textsOf, field);
const flag = (field: (value: boolean) => Fields): Key => key("true or false", booleanOf, field);
const name = (field: (value: string) => Fields): Key => key("a name", nameOf, field);
const time = (field: (value: number) => Fields): Key => key("a duration such as 500ms, 90s or 10m", durationOf, field);

const keys: Readonly<Record<string, Key>> = {
  requires: texts((requires) => ({ requires })),
  provides: texts((provides) => ({ provides })),
  uses: texts((uses) => ({ uses })),
  claims: texts((claims) => ({ claims })),
  priority: key("a whole number", integerOf, (priority) => ({ priority })),
  pool: name((pool) => ({ pool })),
  group: name((group) => ({ group })),
  service: name((service) => ({ service })),
  params: key("pairs of a name and a value", pairsOf, (params) => ({ params })),
  inputs: texts((inputs) => ({ inputs })),
  timeout: time((timeoutMs) => ({ timeoutMs })),
  idle_timeout: time((idleTimeoutMs) => ({ idleTimeoutMs })),
  max_output: key("a number of MiB above 0", mebibytesOf, (maxOutputBytes) => ({ maxOutputBytes })),
  soft_exit: key("exit codes", codesOf, (softExit) => ({ softExit })),
  deps_ok: flag((depsOk) => ({ depsOk })),
  locks_ok: flag((locksOk) => ({ locksOk })),
  when: key("an object of os, env, tag and changed", whenOf, (when) => ({ when })),
};

/** What is written of a unit. */
export interface ReadKeys {
  readonly fields: Fields;
  readonly failures: readonly Failure[];
}

/** Every problem is told, with its place. `others` are keys that somebody else reads. */
export function readKeys(values: Readonly<Record<string, unknown>>, place: Place, others: readonly string[] = []): ReadKeys {
  const failures: Failure[] = [];
  const fields = Object.entries(values).reduce<Fields>((before, [word, value]) => {
    if (others.includes(word)) return before;
    const known = Object.hasOwn(keys, word) ? keys[word] : undefined;
    const read = known?.read(value);
    if (known === undefined) failures.push(unknownKey(word, [...Object.keys(keys), ...others], place));
    else if (read === undefined) failures.push({ reason: "configuration_invalid", message: `${word} needs ${known.wants}, not ${JSON.stringify(value)}`, place });
    return { ...before, ...read };
  }, {});
  return { fields, failures };
}

/** The values of one header line: words `key=value`, lists by commas, `when.os=linux`. */
export function headerValues(line: string): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  const when: Record<string, unknown> = {};
  for (const word of line.split(/\s+/).filter((one) => one !== "")) {
    const at = word.indexOf("=");
    const [before, value] = at < 0 ? [word, "true"] : [word.slice(0, at), word.slice(at + 1)];
    if (before.startsWith("when.")) when[before.slice("when.".length)] = value;
    else values[before] = value;
  }
  return Object.keys(when).length === 0 ? values : { ...values, when };
}

/** Told for a key that is not one. */
export function unknownKey(word: string, known: readonly string[], place: Place): Failure {
  const nearest = nearestName(word, known);
  return { reason: "configuration_invalid", message: `unknown key "${word}"`, hint: nearest === undefined ? `known keys: ${known.join(", ")}` : `did you mean "${nearest}"?`, place };
}

/** What stands for nothing said. */
export const plainFields = { requires: [], provides: [], uses: [], claims: [], priority: 0, params: {}, inputs: [], when: {}, softExit: [] } as const;

function textsOf(value: unknown): readonly string[] | undefined {
  const list = typeof value === "string" ? value.split(",") : value;
  return Array.isArray(list) && list.every((one): one is string => typeof one === "string" && one.trim() !== "") ? [...new Set(list.map((one) => one.trim()))] : undefined;
}

function nameOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" ? false : undefined;
}

function integerOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
}

function mebibytesOf(value: unknown): number | undefined {
  const mebibytes = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof mebibytes === "number" && mebibytes > 0 && mebibytes <= mostMebibytes ? Math.ceil(mebibytes * 1024 * 1024) : undefined;
}

const mostMebibytes = 1024 ** 3;

function codesOf(value: unknown): readonly number[] | undefined {
  const codes = (Array.isArray(value) ? value : String(value).split(",")).map(integerOf);
  const valid = codes.filter((code): code is number => code !== undefined && code > 0 && code < 256);
  return valid.length === codes.length ? valid : undefined;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Longer than that Node's timers do not count. */
const longestMs = 2 ** 31 - 1;

/** Milliseconds; a number alone is seconds. */
function durationOf(value: unknown): number | undefined {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(String(value).trim()) ?? [];
  const ms = Math.round(Number(number) * (unitMs[unit] ?? Number.NaN));
  return ms > 0 && ms <= longestMs ? ms : undefined;
}

/** `size:5,mode:fast`, or an object. */
function pairsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  const pairs = typeof value === "string" ? value.split(",").map((pair) => [pair.split(":")[0] ?? "", pair.split(":").slice(1).join(":")] as const) : objectPairs(value);
  return pairs?.every(([one, text]) => /^[A-Za-z_]\w*$/.test(one) && ["string", "number", "boolean"].includes(typeof text)) === true ? Object.fromEntries(pairs.map(([one, text]) => [one, String(text)])) : undefined;
}

function objectPairs(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
}

const conditions: readonly (keyof When)[] = ["os", "env", "tag", "changed"];

function whenOf(value: unknown): When | undefined {
  const pairs = objectPairs(value)?.map(([word, one]) => [conditions.find((known) => known === word), textsOf(one)] as const);
  return pairs?.every(([condition, list]) => condition !== undefined && list !== undefined) === true ? Object.fromEntries(pairs) : undefined;
}
