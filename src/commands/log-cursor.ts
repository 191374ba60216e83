/** Where a reader of logs is: `<run>:<unit>=<offset>,…`, opaque to whoever keeps it. Pure. */

/** Behind the last bytes of each log. */
export function cursorOf(runId: string, logs: readonly { readonly unit: string; readonly offset: number }[]): string {
  return `${runId}:${logs.map(({ unit, offset }) => `${unit}=${offset}`).join(",")}`;
}

/** Unit → offset; nothing of another run, whose logs are other files. Undefined when the text is no cursor. */
export function offsetsOf(cursor: string, runId: string): Readonly<Record<string, number>> | undefined {
  const [, run, list = ""] = /^([\w.-]+):([^:]*)$/.exec(cursor) ?? [];
  if (run === undefined) return undefined;
  const pairs = list === "" ? [] : list.split(",").map((pair) => /^([\w./-]+)=(\d{1,15})$/.exec(pair));
  if (pairs.includes(null)) return undefined;
  return run === runId ? Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", Number(pair?.[2])])) : {};
}
