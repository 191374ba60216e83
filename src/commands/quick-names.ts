/** Names in a configuration found by a look at its lines, for who cannot wait for a whole reading of it. Pure. */

/**
 * Keys below a key at the left margin, of YAML written one key a line; none where the key is not there. Undefined for any
 * other way to write it: only a whole reading tells then.
 */
export function quickNames(text: string, section: string): readonly string[] | undefined {
  if (/^[A-Za-z_]\w*=/m.test(text)) return undefined;
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  const at = lines.findIndex((line) => line.startsWith(`${section}:`));
  if (at < 0) return [];
  if (!/^\w+:\s*(#.*)?$/.test(lines[at] ?? "")) return undefined;
  const end = lines.findIndex((line, index) => index > at && /^\S/.test(line));
  const inside = lines.slice(at + 1, end < 0 ? undefined : end);
  const indent = /^ */.exec(inside[0] ?? "")?.[0] ?? "";
  const keys = inside.filter((line) => line.startsWith(indent) && line[indent.length] !== " ").map((line) => /^ +(?:([\w.-]+)|"([\w.-]+)"|'([\w.-]+)'):(\s|$)/.exec(line));
  return keys.every((key) => key !== null) ? keys.flatMap(([, plain, double, single]) => plain ?? double ?? single ?? []) : undefined;
}
