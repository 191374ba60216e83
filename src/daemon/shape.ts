/** What a message has to look like: shapes that check a parsed value and copy what they know of it, nothing else. */

/** Answers a copy; throws a ShapeError that says where it is wrong. */
export type Shape<T> = (value: unknown, at: string) => T;

/** A message that is not one of ours. */
export class ShapeError extends Error {}

type Shapes = Readonly<Record<string, Shape<unknown>>>;
type Shaped<S extends Shapes> = { readonly [K in keyof S]: S[K] extends Shape<infer T> ? T : never };

const usualTextLength = 64 * 1024;
const usualCount = 10_000;

/** Text of at most so many characters. */
export function text(most: number = usualTextLength): Shape<string> {
  return (value, at) => (typeof value === "string" && value.length <= most ? value : wrong(at, `a text of at most ${most} characters`));
}

export const flag: Shape<boolean> = (value, at) => (typeof value === "boolean" ? value : wrong(at, "true or false"));

/** A finite number within bounds. */
export function number(least = 0, most: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, at) => (typeof value === "number" && value >= least && value <= most ? value : wrong(at, `a number from ${least} to ${most}`));
}

/** The same without a fraction. */
export function whole(least = 0, most: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, at) => (Number.isInteger(value) ? number(least, most)(value, at) : wrong(at, "a whole number"));
}

export function oneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  return (value, at) => words.find((word) => word === value) ?? wrong(at, `one of ${words.join(", ")}`);
}

export function list<T>(each: Shape<T>, most: number = usualCount): Shape<readonly T[]> {
  return (value, at) => (Array.isArray(value) && value.length <= most ? value.map((one: unknown, index) => each(one, `${at}.${index}`)) : wrong(at, `a list of at most ${most}`));
}

/** Any keys. The copy's own members, whatever they are called: no key of it is the prototype's. */
export function map<T>(each: Shape<T>, most: number = usualCount): Shape<Readonly<Record<string, T>>> {
  return (value, at) => {
    const entries = Object.entries(objectOf(value, at));
    if (entries.length > most) wrong(at, `at most ${most} members`);
    return Object.fromEntries(entries.map(([key, one]) => [key, each(one, `${at}.${key.slice(0, 40)}`)]));
  };
}

/** Members that have to be there, and some that may be; others are left out of the copy. */
export function record<R extends Shapes, O extends Shapes = Record<never, never>>(required: R, optional?: O): Shape<Shaped<R> & Partial<Shaped<O>>> {
  return (value, at) => {
    const members = objectOf(value, at);
    const copied = [...Object.entries(required), ...Object.entries(optional ?? {}).filter(([key]) => Object.hasOwn(members, key))].map(([key, shape]) => [key, shape(own(members, key), `${at}.${key}`)] as const);
    return Object.fromEntries(copied) as Shaped<R> & Partial<Shaped<O>>;
  };
}

type RequiredKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];
type RequiredShapes<T> = { readonly [K in RequiredKeys<T>]: Shape<T[K]> };
type OptionalShapes<T> = { readonly [K in Exclude<keyof T, RequiredKeys<T>>]-?: Shape<Exclude<T[K], undefined>> };

/** The same for a type of ours: the compiler misses a member that was added to it and has no shape yet. */
export function recordOf<T>(required: RequiredShapes<T>, optional: OptionalShapes<T>): Shape<T> {
  return record(required as Shapes, optional as Shapes) as Shape<unknown> as Shape<T>;
}

/** The shape its own member chooses: `action`, `method`. Throws for a word that is none of them. */
export function choice<T extends Readonly<Record<string, Shape<unknown>>>>(member: string, shapes: T): Shape<Shaped<T>[keyof T]> {
  return (value, at) => {
    const word = own(objectOf(value, at), member);
    const shape = typeof word === "string" && Object.hasOwn(shapes, word) ? shapes[word] : undefined;
    return (shape ?? wrong(`${at}.${member}`, `one of ${Object.keys(shapes).join(", ")}`))(value, at) as Shaped<T>[keyof T];
  };
}

function objectOf(value: unknown, at: string): object {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : wrong(at, "an object");
}

function own(members: object, key: string): unknown {
  return Object.hasOwn(members, key) ? (Reflect.get(members, key) as unknown) : undefined;
}

function wrong(at: string, what: string): never {
  throw new ShapeError(`${at} has to be ${what}`);
}
