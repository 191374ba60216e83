/** A configuration as lines: dotted key, value as text. */

export type ConfigRow = readonly [key: string, value: string];

/** Lists, and values that say nothing, stay in one row; everything else is taken apart. */
export function configRows(value: unknown, key = ""): readonly ConfigRow[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [[key, String(value)]];
  if (Array.isArray(value)) return value.length === 0 ? [] : [[key, value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ")]];
  return Object.entries(value).flatMap(([name, inner]) => configRows(inner, key === "" ? name : `${key}.${name}`));
}
