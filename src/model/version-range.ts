/** Which versions a range allows, in the form npm has: `^0.1`, `>=0.1 <2`, `1.x || 2`. Source: github.com/npm/node-semver, "Ranges". */

type Version = readonly [major: number, minor: number, patch: number];

interface Bounds {
  /** Included. */
  readonly from: Version;
  /** Excluded; absent: none. */
  readonly to?: Version;
}

const anyVersion: Bounds = { from: [0, 0, 0] };
const partial = /^v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:[-+][\w.+-]*)?$/;

/** Undefined for a range that cannot be read. What follows the three numbers of a version (`-beta.1`) does not count. */
export function isInRange(version: string, range: string): boolean | undefined {
  const own = boundsOf("=", version)?.from;
  if (own === undefined) return undefined;
  const alternatives = range.split("||").map((one) => allOf(one.trim()));
  if (alternatives.includes(undefined)) return undefined;
  return alternatives.some((all) => all?.every(({ from, to }) => compare(own, from) >= 0 && (to === undefined || compare(own, to) < 0)) === true);
}

function allOf(text: string): readonly Bounds[] | undefined {
  const hyphen = /^(\S+) - (\S+)$/.exec(text);
  const words = hyphen === null ? text.replace(/([<>=~^]+)\s+/g, "$1").split(/\s+/).filter((word) => word !== "") : [`>=${hyphen[1]}`, `<=${hyphen[2]}`];
  const all = words.map((word) => boundsOf(/^[<>=~^]*/.exec(word)?.[0] ?? "", word.replace(/^[<>=~^]*/, "")));
  return all.every((one) => one !== undefined) ? all : undefined;
}

function boundsOf(operator: string, text: string): Bounds | undefined {
  const match = partial.exec(text);
  if (match === null) return undefined;
  const given = match.slice(1).map((part) => (part === undefined || /[xX*]/.test(part) ? undefined : Number(part)));
  const known = given.includes(undefined) ? given.slice(0, given.indexOf(undefined)) : given;
  const [major = 0, minor = 0, patch = 0] = known.map(Number);
  const from: Version = [major, minor, patch];
  const next = afterLast(from, known.length);
  switch (operator) {
    case "": case "=": return next === undefined ? anyVersion : { from, to: next };
    case ">=": return { from };
    case ">": return { from: next ?? [Number.POSITIVE_INFINITY, 0, 0] };
    case "<": return { from: [0, 0, 0], to: from };
    case "<=": return next === undefined ? anyVersion : { from: [0, 0, 0], to: next };
    case "~": return next === undefined ? anyVersion : { from, to: afterLast(from, Math.min(known.length, 2)) ?? next };
    case "^": return next === undefined ? anyVersion : { from, to: afterLast(from, caretLength(from, known.length)) ?? next };
    default: return undefined;
  }
}

/** The first version that does not begin with the first `length` numbers; undefined for none of them. */
function afterLast([major, minor, patch]: Version, length: number): Version | undefined {
  if (length <= 0) return undefined;
  return length === 1 ? [major + 1, 0, 0] : length === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1];
}

/** `^` keeps the first number that is not zero. */
function caretLength([major, minor]: Version, known: number): number {
  return Math.min(known, major > 0 ? 1 : minor > 0 ? 2 : 3);
}

function compare(one: Version, other: Version): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
